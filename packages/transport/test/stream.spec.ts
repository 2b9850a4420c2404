import { type ChildProcess, fork } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { MAX_MESSAGE_BYTES, TinyError, systemClock } from '@tinysystems/core';
import { AddressBook, ClientPool, type Endpoint } from '@tinysystems/transport';
import { jsonText } from '../src/codec.ts';
import { MAX_SINGLE_CALLS } from '../src/unary-client.ts';
import { Replica, connectionTo, forever, messageTo } from './replica.ts';

/** A replica in a process of its own. */
class RemoteReplica implements AsyncDisposable {
  readonly endpoint: Endpoint;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.endpoint = { pod: `pod-${port}`, addr: `127.0.0.1:${port}` };
  }

  static async start(): Promise<RemoteReplica> {
    const child = fork(new URL('replica-process.ts', import.meta.url), {
      execArgv: ['--conditions=@tinysystems/source'],
    });
    const [port] = (await once(child, 'message')) as [number];
    return new RemoteReplica(child, port);
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await ended;
  }
}

function createPool(...endpoints: readonly Endpoint[]) {
  const book = new AddressBook();
  book.set('m', endpoints);
  return new ClientPool({ book, clock: systemClock });
}

async function until(condition: () => boolean): Promise<void> {
  for (const endMs = Date.now() + 5000; !condition();) {
    if (Date.now() > endMs) throw new Error('it did not happen within 5 s');
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

const hanging = () => new Promise<never>(() => undefined);

describe('calls over streams', () => {
  it('fail at once with a typed error when the peer is killed, and nothing else suffers', async () => {
    await using victim = await RemoteReplica.start();
    let end: (() => void) | undefined;
    await using other = await Replica.start(({ to }) =>
      to.node === 'hangs'
        ? new Promise((resolve) => (end = () => resolve('other')))
        : Promise.resolve('live'),
    );
    const book = new AddressBook();
    await using pool = new ClientPool({ book, clock: systemClock });
    book.set('m', [other.endpoint]);
    const elsewhere = pool.deliver('m', messageTo('hangs'), forever());
    await until(() => end !== undefined);
    book.set('m', [victim.endpoint]);
    expect(await pool.deliver('m', messageTo('echo'), forever())).toEqual({ n: 1 });
    const calls = Array.from({ length: 100 }, () => pool.deliver('m', messageTo('hangs'), forever()));
    await pool.deliver('m', messageTo('echo'), forever()); // it has them all now
    book.set('m', [other.endpoint, victim.endpoint]);
    const killedMs = performance.now();
    victim.kill('SIGKILL');
    const failures = await Promise.all(calls.map((call) => call.catch((error: unknown) => error)));
    expect(performance.now() - killedMs).toBeLessThan(1000);
    for (const failure of failures)
      expect(failure).toMatchObject({ kind: 'Transient', code: 'MODULE_UNREACHABLE' });
    const more = Array.from({ length: 20 }, () => pool.deliver('m', messageTo('echo'), forever()));
    expect(new Set(await Promise.all(more))).toEqual(new Set(['live']));
    end?.();
    expect(await elsewhere).toBe('other');
  });

  it('go over one stream, however many they are', async () => {
    const paths: unknown[] = [];
    const onStart = (started: unknown) =>
      paths.push((started as { headers: Record<string, unknown> }).headers[':path']);
    subscribe('http2.server.stream.start', onStart);
    await using replica = await Replica.start(async ({ data }) => data);
    await using pool = createPool(replica.endpoint);
    for (let round = 0; round < 3; round += 1)
      await Promise.all(Array.from({ length: 100 }, () => pool.deliver('m', messageTo('a'), forever())));
    unsubscribe('http2.server.stream.start', onStart);
    expect(replica.received).toHaveLength(300);
    expect(paths).toEqual(['/module.ModuleService/Connect']);
  });

  it('go to a replica that speaks single calls only as single calls', async () => {
    await using old = await Replica.start(async ({ data }) => data, { takesStreams: false });
    await using pool = createPool(old.endpoint);
    const calls = Array.from({ length: 20 }, (_, n) =>
      pool.deliver('m', messageTo('a', systemClock, { data: { n } }), forever()),
    );
    expect(await Promise.all(calls)).toEqual(Array.from({ length: 20 }, (_, n) => ({ n })));
    expect(old.received).toHaveLength(20);
    const abort = new AbortController();
    const late = pool.deliver('m', messageTo('a'), abort.signal);
    abort.abort();
    await expect(late).rejects.toMatchObject({ kind: 'Cancelled' });
  });

  it('are refused as single calls when a thousand are in flight, and none waits unseen', async () => {
    const open = Promise.withResolvers<void>();
    const takeNothingElse = { takesStreams: false };
    await using old = await Replica.start(() => open.promise.then(() => 'done'), takeNothingElse);
    await using pool = createPool(old.endpoint);
    const outcomes = Array.from({ length: MAX_SINGLE_CALLS + 1 }, () =>
      pool
        .deliver('m', messageTo('a', systemClock, { deadlineMs: systemClock.now() + 60_000 }), forever())
        .catch((error: unknown) => (error as TinyError).code),
    );
    expect(await Promise.race(outcomes)).toBe('QUEUE_FULL');
    await until(() => old.received.length === MAX_SINGLE_CALLS);
    open.resolve();
    const counts = Map.groupBy(await Promise.all(outcomes), (outcome) => outcome);
    expect([counts.get('done')?.length, counts.get('QUEUE_FULL')?.length]).toEqual([MAX_SINGLE_CALLS, 1]);
  });

  it('reach old and new replicas of one module side by side', async () => {
    const wait = () => new Promise<string>((resolve) => setTimeout(() => resolve('done'), 50));
    await using old = await Replica.start(wait, { takesStreams: false });
    await using recent = await Replica.start(wait);
    await using pool = createPool(old.endpoint, recent.endpoint);
    await Promise.all(Array.from({ length: 8 }, () => pool.deliver('m', messageTo('a'), forever())));
    expect([old.received.length, recent.received.length]).toEqual([4, 4]);
  });

  it('use streams again when a newer version comes back at the address of an old one', async () => {
    const old = await Replica.start(async () => 'old', { takesStreams: false });
    await using pool = createPool(old.endpoint);
    expect(await pool.deliver('m', messageTo('a'), forever())).toBe('old');
    await old.server.stop(0);
    await using _recent = await Replica.start(async () => 'recent', { address: old.endpoint.addr });
    const answers: unknown[] = [];
    for (let attempt = 0; attempt < 200 && !answers.includes('recent'); attempt += 1) {
      await pool.deliver('m', messageTo('a'), forever()).then(
        (answer) => answers.push(answer),
        () => new Promise((resolve) => setTimeout(resolve, 20)),
      );
    }
    expect(answers).toContain('recent');
  });

  it('move to another replica, without one lost or run twice, when theirs stops', async () => {
    const counts = new Map<number, number>();
    const deliver = async ({ data }: { data: unknown }) => {
      const { n } = data as { n: number };
      counts.set(n, (counts.get(n) ?? 0) + 1);
      await new Promise((resolve) => setTimeout(resolve, 5));
      return n;
    };
    const first = await Replica.start(deliver);
    await using second = await Replica.start(deliver);
    await using pool = createPool(first.endpoint, second.endpoint);
    let n = 0;
    const worker = async () => {
      while (n < 2000) {
        const data = { n: (n += 1) };
        expect(await pool.deliver('m', messageTo('a', systemClock, { data }), forever())).toBe(data.n);
      }
    };
    const load = Promise.all(Array.from({ length: 50 }, worker));
    await until(() => counts.size > 500);
    const stopMs = performance.now();
    await first.server.stop(5000);
    expect(performance.now() - stopMs).toBeLessThan(4000);
    await load;
    expect(new Set(counts.values())).toEqual(new Set([1]));
    expect(counts.size).toBe(n);
  });

  it.each(['streams', 'single calls'])('end in their time while their server stops: %s', async (kind) => {
    const takesStreams = kind === 'streams';
    let end: (() => void) | undefined;
    await using replica = await Replica.start(
      ({ to }) => new Promise((resolve) => (to.node === 'slow' ? (end = () => resolve('slow')) : resolve(1))),
      { takesStreams },
    );
    await using pool = createPool(replica.endpoint);
    await pool.deliver('m', messageTo('quick'), forever());
    const slow = pool.deliver('m', messageTo('slow'), forever());
    await until(() => end !== undefined);
    const stopped = replica.server.stop(30_000);
    // Both sides ping a connection every 5 s. One that is being closed answers no ping, and must not be cut for it.
    await new Promise((resolve) => setTimeout(resolve, 6_000));
    end?.();
    expect(await slow).toBe('slow');
    await stopped;
  });

  it('carry largest messages and largest replies, both ways at once', async () => {
    await using replica = await Replica.start(async ({ data }) => data);
    await using pool = createPool(replica.endpoint);
    const data = 'x'.repeat(MAX_MESSAGE_BYTES - 2);
    const message = messageTo('a', systemClock, { data, deadlineMs: systemClock.now() + 30_000 });
    const calls = Array.from({ length: 8 }, () => pool.deliver('m', message, forever()));
    for (const reply of await Promise.all(calls)) expect(reply).toHaveLength(data.length);
  }, 60_000);

  it('wait, bounded, for a peer that stands still, and are refused beyond', async () => {
    await using peer = await RemoteReplica.start();
    await using pool = createPool(peer.endpoint);
    await pool.deliver('m', messageTo('echo'), forever());
    peer.kill('SIGSTOP');
    const data = 'x'.repeat(1024 * 1024 - 2);
    const calls = Array.from({ length: 100 }, () =>
      pool
        .deliver(
          'm',
          messageTo('echo', systemClock, { data, deadlineMs: systemClock.now() + 60_000 }),
          forever(),
        )
        .then(
          (reply) => (reply === data ? 'answered' : 'wrong'),
          (error: unknown) => (error as TinyError).kind,
        ),
    );
    await expect(calls.at(-1)).resolves.toBe('Overloaded');
    peer.kill('SIGKILL');
    const outcomes = await Promise.all(calls);
    // 8 MiB of credit are on the way, 64 MiB wait: they are not lost either.
    expect(outcomes.filter((outcome) => outcome === 'Transient')).toHaveLength(72);
    expect(outcomes.filter((outcome) => outcome === 'Overloaded')).toHaveLength(28);
  });

  it('bring all branches of a failure back', async () => {
    const branches = Array.from(
      { length: 64 },
      (_, n) => new TinyError('Timeout', 'x.SLOW', `${n} `.repeat(900)),
    );
    await using replica = await Replica.start(() =>
      Promise.reject(new TinyError('Transient', 'x.SAD', 'sad', { branches, retryAfterMs: 5 })),
    );
    await using pool = createPool(replica.endpoint);
    const calls = Array.from({ length: 64 }, () =>
      pool.deliver('m', messageTo('a'), forever()).catch((error: unknown) => error as TinyError),
    );
    for (const failure of (await Promise.all(calls)) as TinyError[]) {
      expect(failure).toMatchObject({ kind: 'Transient', code: 'x.SAD', message: 'sad', retryAfterMs: 5 });
      expect(failure.branches).toHaveLength(64);
    }
  });

  it('leave nothing at either side when the client goes', async () => {
    const ended: unknown[] = [];
    await using replica = await Replica.start((_message, signal) => {
      signal.addEventListener('abort', () => ended.push(signal.reason));
      return hanging();
    });
    const connection = connectionTo(replica);
    const calls = [1, 2, 3].map(() =>
      connection.call(messageTo('a'), jsonText('1'), forever()).catch((error: unknown) => error),
    );
    await until(() => replica.received.length === 3);
    connection.close();
    for (const failure of await Promise.all(calls)) expect(failure).toMatchObject({ kind: 'Cancelled' });
    await until(() => ended.length === 3);
    expect(ended).toMatchObject([{ kind: 'Cancelled' }, { kind: 'Cancelled' }, { kind: 'Cancelled' }]);
    expect(connection.inFlight).toBe(0);
  });
});
