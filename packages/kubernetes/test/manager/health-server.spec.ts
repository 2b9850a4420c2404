import { HealthServer } from '../../src/manager/health-server.ts';
import type { HealthServerOptions } from '../../src/manager/health-server.ts';
import { eventually } from '../eventually.ts';

describe('HealthServer', () => {
  it('is alive and ready without checks', async () => {
    await using test = await start({});

    expect(await test.get('/healthz')).toEqual({ code: 200, text: 'ok' });
    expect(await test.get('/readyz')).toEqual({ code: 200, text: 'ok' });
  });

  it('says which check failed and why', async () => {
    let isSynced = false;
    const caches = {
      name: 'caches',
      check: () => {
        if (!isSynced) throw new Error('widgets have not synced');
      },
    };
    await using test = await start({
      checks: { healthz: [], readyz: [{ name: 'ping', check: () => undefined }, caches] },
    });
    const { code, text } = await test.get('/readyz');
    expect(code).toBe(500);
    expect(text).toBe('[+]ping ok\n[-]caches failed: widgets have not synced\nreadyz check failed\n');
    expect((await test.get('/healthz')).code).toBe(200);

    isSynced = true;

    expect(await test.get('/readyz?verbose')).toEqual({
      code: 200,
      text: '[+]ping ok\n[+]caches ok\nreadyz check passed\n',
    });
  });

  it('fails a check that does not come to an end', async () => {
    const checks = {
      healthz: [{ name: 'loop', check: () => new Promise<void>(() => undefined) }],
      readyz: [],
    };
    await using test = await start({ checks });

    expect((await test.get('/healthz')).text).toContain('[-]loop failed: no result within 1000 ms');
  });

  it('serves further paths, and contains what their handlers throw', async () => {
    await using test = await start({
      handlers: {
        '/metrics': (_, response) => void response.end('up 1\n'),
        '/broken': async () => {
          throw new Error('mine');
        },
      },
    });

    expect(await test.get('/metrics?x=1')).toEqual({ code: 200, text: 'up 1\n' });
    expect((await test.get('/broken')).code).toBe(500);
    expect((await test.get('/other')).code).toBe(404);
    expect((await fetch(`${test.url}/healthz`, { method: 'POST' })).status).toBe(405);
  });

  it('names host and port when it cannot listen', async () => {
    await using test = await start({});
    const second = new HealthServer({
      host: '127.0.0.1',
      port: test.server.port,
      checks: { healthz: [], readyz: [] },
    });

    await expect(second.run(new AbortController().signal)).rejects.toThrow(
      `cannot listen on 127.0.0.1:${test.server.port}`,
    );
  });
});

async function start(options: Partial<HealthServerOptions>) {
  const server = new HealthServer({
    host: '127.0.0.1',
    port: 0,
    checks: { healthz: [], readyz: [] },
    ...options,
  });
  const stop = new AbortController();
  const running = server.run(stop.signal);
  await eventually(() => expect(server.port).toBeGreaterThan(0));
  const url = `http://127.0.0.1:${server.port}`;
  return {
    server,
    url,
    async get(path: string) {
      const response = await fetch(`${url}${path}`);
      return { code: response.status, text: await response.text() };
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
    },
  };
}
