import { once } from 'node:events';
import { type Socket, createServer } from 'node:net';
import { systemClock } from '@tinysystems/core';
import { AddressBook, ClientPool, type ModuleServerOptions } from '@tinysystems/transport';
import { Replica } from './replica.ts';

const TRACE = { id: 'a', startMs: 1.5, durationMs: 2.25, hops: 3, error: 'CODE: text' };

async function ask(addr: string, trackers: readonly string[] = ['u']) {
  const book = new AddressBook();
  book.set('m', [{ pod: 'm-0', addr }]);
  await using pool = new ClientPool({ book, clock: systemClock });
  return await pool.recorded('m', addr, trackers);
}

const start = (options: Partial<ModuleServerOptions> = {}) =>
  Replica.start(() => Promise.resolve(undefined), options);

describe('asking what a replica has recorded', () => {
  it('tells of the trackers that it was asked for', async () => {
    const asked: (readonly string[])[] = [];
    await using server = await start({
      recorded: (uids) => {
        asked.push(uids);
        return [{ trackerUid: 'u', recorded: 7, failed: 1, traces: [TRACE] }];
      },
    });
    expect(await ask(server.endpoint.addr, ['u', 'v'])).toEqual([
      { trackerUid: 'u', recorded: 7, failed: 1, traces: [TRACE] },
    ]);
    expect(asked).toEqual([['u', 'v']]);
  });

  it('asks for 64 trackers at most, and hears of the last 20 traces of each', async () => {
    const traces = Array.from({ length: 30 }, (_, n) => ({ ...TRACE, id: String(n) }));
    await using server = await start({
      recorded: (uids) => uids.map((trackerUid) => ({ trackerUid, recorded: 30, failed: 0, traces })),
    });
    const records = await ask(
      server.endpoint.addr,
      Array.from({ length: 100 }, (_, n) => `u${n}`),
    );
    expect(records).toHaveLength(64);
    expect(records[0]?.traces.map(({ id }) => id)).toEqual(traces.slice(10).map(({ id }) => id));
  });

  it('fails with words where the module is too old to know the question', async () => {
    await using server = await start();
    await expect(ask(server.endpoint.addr)).rejects.toMatchObject({
      kind: 'Permanent',
      message: expect.stringContaining('is of a version that records nothing for trackers') as string,
    });
  });

  it('gives up after two seconds when nobody answers, and at once when nobody is there', async () => {
    const sockets: Socket[] = [];
    const silent = createServer((socket) => void sockets.push(socket)).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as { port: number };
    await expect(ask(`127.0.0.1:${port}`)).rejects.toMatchObject({ kind: 'Timeout' });
    silent.close();
    for (const socket of sockets) socket.destroy();
    await once(silent, 'close');
    await expect(ask(`127.0.0.1:${port}`)).rejects.toMatchObject({ code: 'MODULE_UNREACHABLE' });
  });
});
