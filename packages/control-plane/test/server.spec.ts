import { once } from 'node:events';
import { connect } from 'node:net';
import { TestServer } from './client.ts';
import { startControlPlane } from '@tinysystems/control-plane';

describe('startControlPlane', () => {
  it('answers 401 without its token', async () => {
    await using server = await TestServer.start();
    const { status, body } = await server.get('/api/v1/namespaces', {
      headers: { Authorization: 'Bearer nobody' },
    });
    expect([status, body.reason]).toEqual([401, 'Unauthorized']);
  });

  it('refuses a browser and a foreign host name', async () => {
    await using server = await TestServer.start();
    const fromBrowser = await server.get('/api/v1/namespaces', {
      headers: { Origin: 'https://evil.example' },
    });
    const foreign = await server.get('/api/v1/namespaces', { headers: { Host: 'evil.example' } });
    expect([fromBrowser.status, foreign.status]).toEqual([403, 403]);
  });

  it('names host and port when the port is in use', async () => {
    await using server = await TestServer.start();
    const { port } = server.plane;
    await expect(startControlPlane({ port })).rejects.toMatchObject({
      code: 'EADDRINUSE',
      message: expect.stringContaining(`127.0.0.1:${port}`),
    });
  });

  it('stops quickly while watches are open and can be stopped twice', async () => {
    await using server = await TestServer.start();
    using watch = await server.watch('/api/v1/namespaces?watch=true');
    await watch.first(2);
    await server.plane.stop();
    await server.plane.stop();
    await watch.end();
    expect(watch.isEnded).toBe(true);
  });

  it('stops quickly while a client is at its TLS handshake', async () => {
    await using server = await TestServer.start({
      limits: { headersTimeoutMs: 600_000, requestTimeoutMs: 600_000 },
    });
    const client = connect(server.plane.port, '127.0.0.1');
    const isClosed = once(client, 'close');
    await once(client, 'connect');
    await server.get('/healthz'); // Later than the client, so the server has taken the client's connection.
    await server.plane.stop();
    await isClosed;
  });
});
