import { eventually } from '@tinysystems/testing';
import { DevProcess } from './dev-process.ts';

const FLAGS = ['--replicas', 'common-module=2', '--replicas', 'http-module=2'];
const leaderOf = (dev: DevProcess, module: string) =>
  dev.kubectl('get', 'lease', `${module}-lock`, '-o', 'jsonpath={.spec.holderIdentity}');
const replicaOf = (identity: string) => identity.replace(/-[0-9a-f]+$/, '');
const get = async (url: string) => {
  const response = await fetch(`${url}/hello?name=Ada`, { headers: { connection: 'close' } });
  return { status: response.status, body: await response.text() };
};
const HELLO = { status: 200, body: '{"greeting":"Hello, Ada!"}' };

describe('two replicas of each module', () => {
  it('serve together: one leads, and the HTTP server’s port is shared', async () => {
    await using dev = await DevProcess.start({ flags: FLAGS });
    const url = await dev.url();
    await eventually(async () => {
      const endpoints = await dev.kubectl(
        'get',
        'tm',
        'common-module',
        '-o',
        'jsonpath={.status.endpoints[*].leader}',
      );
      expect(endpoints.split(' ').sort()).toEqual(['false', 'true']);
    });
    for (let index = 0; index < 40; index += 1) expect(await get(url)).toEqual(HELLO);
    const served = async (replica: string) => {
      const [, metrics = ''] = new RegExp(`${replica}.* (http://\\S+/metrics)`).exec(dev.output) ?? [];
      const text = await (await fetch(metrics)).text();
      return Number(
        /tiny_message_duration_seconds_count\{node="server",component="http_server",port="response"\} (\d+)/.exec(
          text,
        )?.[1] ?? 0,
      );
    };
    expect(await served('http-module-0')).toBeGreaterThan(0);
    expect(await served('http-module-1')).toBeGreaterThan(0);
  }, 90_000);

  it('hand over within a second when the leader is told to stop', async () => {
    await using dev = await DevProcess.start({ flags: FLAGS });
    const leader = await leaderOf(dev, 'common-module');
    const startedMs = performance.now();
    process.kill(await dev.pidOf(replicaOf(leader)), 'SIGTERM');
    await eventually(async () => expect(await leaderOf(dev, 'common-module')).not.toBe(leader), {
      timeoutMs: 5000,
    });
    const tookMs = performance.now() - startedMs;
    expect(await get(await dev.url())).toEqual(HELLO);
    // kubectl itself takes most of what is left of the second.
    expect(tookMs).toBeLessThan(1500);
  }, 90_000);

  it('hand over within 20 seconds when the leader is killed, and go on serving', async () => {
    await using dev = await DevProcess.start({ flags: FLAGS });
    const url = await dev.url();
    const leader = await leaderOf(dev, 'common-module');
    const startedMs = performance.now();
    process.kill(await dev.pidOf(replicaOf(leader)), 'SIGKILL');
    await eventually(async () => expect(await get(url)).toEqual(HELLO), { timeoutMs: 2000 });
    await eventually(
      async () => {
        expect(await get(url)).toEqual(HELLO);
        const holder = await leaderOf(dev, 'common-module');
        expect(holder).not.toBe('');
        expect(holder).not.toBe(leader);
      },
      { timeoutMs: 20_000, intervalMs: 250 },
    );
    expect(performance.now() - startedMs).toBeLessThan(20_000);
  }, 120_000);
});
