import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { text } from 'node:stream/consumers';

import type { ControlPlaneLimits } from '@tinysystems/control-plane';

import { TestServer } from './client.ts';
import { FakeClock } from './fake-clock.ts';
import { configMap } from './widgets.ts';

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';

function startLimited(limits: Partial<ControlPlaneLimits>, clock?: FakeClock): Promise<TestServer> {
  return TestServer.start({ limits, ...(clock && { clock }) });
}

async function openTls({ plane }: TestServer): Promise<TLSSocket> {
  const socket = connectTls({ host: '127.0.0.1', port: plane.port, ca: plane.caCertificate });
  await once(socket, 'secureConnect');
  return socket;
}

async function answerOn(socket: TLSSocket): Promise<string> {
  const [data] = (await once(socket, 'data')) as [Buffer];
  return data.toString();
}

describe('a control plane under too much load', () => {
  it('answers 429 in the words of a real server beyond its rate, and goes on when time has passed', async () => {
    const clock = new FakeClock();
    await using server = await startLimited({ requestsPerS: 5 }, clock);
    const answers = await Promise.all(Array.from({ length: 8 }, () => server.get(CONFIG_MAPS)));
    const refused = answers.filter(({ status }) => status === 429);
    expect([answers.filter(({ status }) => status === 200).length, refused.length]).toEqual([5, 3]);
    const [first] = refused;
    expect([first?.headers['retry-after'], first?.headers['content-type'], first?.text]).toEqual([
      '1',
      'text/plain; charset=utf-8',
      'Too many requests, please try again later.\n',
    ]);
    expect((await server.get('/healthz')).status).toBe(200);
    clock.advance(1_000);
    expect((await server.get(CONFIG_MAPS)).status).toBe(200);
  });

  it('counts reads and writes that wait for their answer apart', async () => {
    await using server = await startLimited({ readsInFlight: 2, writesInFlight: 1 });
    const [waiting, refused] = [await openTls(server), await openTls(server)];
    const body = JSON.stringify(configMap('a'));
    const head =
      `POST ${CONFIG_MAPS} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${server.plane.token}\r\n` +
      `Content-Type: application/json\r\nContent-Length: ${body.length}\r\nExpect: 100-continue\r\n\r\n`;
    waiting.write(head);
    expect(await answerOn(waiting)).toContain('100 Continue');
    refused.write(head.replace('Expect', 'X-Expect') + body);
    expect(await answerOn(refused)).toContain('429 Too Many Requests');
    expect((await server.get(CONFIG_MAPS)).status).toBe(200);
    waiting.write(body);
    expect(await answerOn(waiting)).toContain('201 Created');
    for (const socket of [waiting, refused]) socket.destroy();
  });

  it('has so many watches open and no more', async () => {
    await using server = await startLimited({ watches: 2 });
    using first = await server.watch(`${CONFIG_MAPS}?watch=true`);
    using second = await server.watch(`${CONFIG_MAPS}?watch=true`);
    const third = await server.get(`${CONFIG_MAPS}?watch=true`);
    expect([third.status, third.headers['retry-after']]).toEqual([429, '1']);
    expect((await server.get(CONFIG_MAPS)).status).toBe(200);
    server.plane.faults.dropWatches();
    await Promise.all([first.end(), second.end()]);
    using again = await server.watch(`${CONFIG_MAPS}?watch=true`);
    await server.post(CONFIG_MAPS, configMap('a'));
    expect(await again.first(1)).toHaveLength(1);
  });

  it('takes so many connections and drops the rest', async () => {
    await using server = await startLimited({ connections: 2 });
    const open = await Promise.all([openTls(server), openTls(server)]);
    const socket = connectTcp({ host: '127.0.0.1', port: server.plane.port });
    await once(socket, 'close');
    for (const each of open) each.destroy();
    socket.destroy();
  });
});

describe('a client that takes its time', () => {
  const LIMITS = { headersTimeoutMs: 200, requestTimeoutMs: 400 };
  const closed = async (socket: Socket): Promise<void> => {
    if (!socket.destroyed) await once(socket, 'close');
  };

  it('is cut off when it does not finish the TLS handshake', async () => {
    await using server = await startLimited(LIMITS);
    const socket = connectTcp({ host: '127.0.0.1', port: server.plane.port });
    socket.resume();
    await closed(socket);
  });

  it('is cut off when it sends no request', async () => {
    await using server = await startLimited(LIMITS);
    const socket = await openTls(server);
    socket.resume();
    await closed(socket);
  });

  it('is told 408 when it does not finish its headers', async () => {
    await using server = await startLimited(LIMITS);
    const socket = await openTls(server);
    socket.write('GET /api HTTP/1.1\r\nHost: localhost\r\nX-Slow: ');
    expect(await text(socket)).toContain('408 Request Timeout');
  });

  it('is told 408 when it does not finish its body', async () => {
    await using server = await startLimited(LIMITS);
    const socket = await openTls(server);
    socket.write(
      `POST ${CONFIG_MAPS} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${server.plane.token}\r\n` +
        'Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{',
    );
    expect(await text(socket)).toContain('408 Request Timeout');
  });

  it('is told 431 when its headers are too large', async () => {
    await using server = await TestServer.start();
    const { status } = await server.get('/api', { headers: { 'X-Large': 'x'.repeat(17 * 1024) } });
    expect(status).toBe(431);
  });
});
