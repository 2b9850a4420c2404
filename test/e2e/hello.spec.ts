import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { promisify } from 'node:util';
import { eventually } from '@tinysystems/testing';
import { DevProcess, isAlive } from './dev-process.ts';

const run = promisify(execFile);
const greetingOf = async (url: string) =>
  ((await (await fetch(url)).json()) as { greeting: string }).greeting;

describe('npm start', () => {
  let dev: DevProcess;
  beforeAll(async () => {
    dev = await DevProcess.start();
  }, 90_000);
  afterAll(() => dev[Symbol.asyncDispose](), 60_000);

  it('prints what runs, where, and what to try', () => {
    expect(dev.output).toMatch(/control plane +https:\/\/127\.0\.0\.1:\d+/);
    expect(dev.output).toMatch(/export KUBECONFIG=\S+kubeconfig/);
    expect(dev.output).toMatch(
      /common-module-0 +0\.1\.0 +6 +127\.0\.0\.1:\d+ +http:\/\/127\.0\.0\.1:\d+\/readyz +http:\/\/127\.0\.0\.1:\d+\/metrics/,
    );
    expect(dev.output).toMatch(/http-module-0 +0\.1\.0 +2 +127\.0\.0\.1:\d+/);
    expect(dev.output).toMatch(
      /flow hello\n +greeter +common-module\/router +Ready\n +server +http-module\/http_server +Ready/,
    );
    expect(dev.output).toContain("curl -s 'http://127.0.0.1:8090/hello?name=Ada'");
  });

  it('answers a request through both modules', async () => {
    const response = await fetch(`${await dev.url()}/hello?name=Ada`);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toContain('application/json');
    expect(await response.text()).toBe('{"greeting":"Hello, Ada!"}');
  });

  it('serves probes and metrics', async () => {
    const [, health = ''] = /common-module-0.*(http:\/\/\S+)\/readyz/.exec(dev.output) ?? [];
    expect((await fetch(`${health}/readyz`)).status).toBe(200);
    expect((await fetch(`${health}/healthz`)).status).toBe(200);
    const [, metrics = ''] = /common-module-0.* (http:\/\/\S+\/metrics)/.exec(dev.output) ?? [];
    await greetingOf(`${await dev.url()}/hello?name=Ada`);
    const text = await (await fetch(metrics)).text();
    expect(text).toMatch(
      /tiny_message_duration_seconds_count\{node="greeter",component="router",port="input"\} [1-9]/,
    );
    expect(text).toMatch(
      /controller_runtime_reconcile_total\{controller="tinynode",result="success"\} [1-9]/,
    );
    expect(text).toMatch(/leader_election_master_status\{name="common-module-lock"\} 1/);
  });

  it('has every metric that its page explains, and no other', async () => {
    const [, url = ''] = /common-module-0.* (http:\/\/\S+\/metrics)/.exec(dev.output) ?? [];
    const text = await (await fetch(url)).text();
    const page = await readFile(new URL('../../docs/reference/observability.md', import.meta.url), 'utf8');
    const namesIn = (source: string, pattern: RegExp) =>
      [...new Set([...source.matchAll(pattern)].map(([, name]) => name))].sort();
    expect(namesIn(text, /^# TYPE (tiny_\w+)/gm)).toEqual(namesIn(page, /`(tiny_\w+)`/g));
  });

  it('has its modules talk over mutual TLS', async () => {
    const metrics = [...dev.output.matchAll(/module-0 .* (http:\/\/\S+\/metrics)/g)].map(
      ([, url = '']) => url,
    );
    expect(metrics).toHaveLength(2);
    for (const url of metrics) {
      const text = await (await fetch(url)).text();
      const [, expiryS] = /^tiny_certificate_expiry_timestamp_seconds (\S+)$/m.exec(text) ?? [];
      expect(Number(expiryS) * 1000).toBeGreaterThan(Date.now());
    }
  });

  it('lets kubectl see every kind with telling columns', async () => {
    const nodes = await dev.kubectl('get', 'tn');
    expect(nodes).toMatch(/NAME +MODULE +COMPONENT +FLOW +READY +STATUS +AGE/);
    expect(nodes).toMatch(/greeter +common-module +router +hello +True +OK/);
    expect(await dev.kubectl('get', 'tm')).toMatch(/common-module +0\.1\.0 +127\.0\.0\.1:\d+ +True/);
    expect(await dev.kubectl('get', 'tf')).toMatch(/hello +True +2\/2 +false +all 2 nodes are ready/);
    expect(await dev.kubectl('get', 'tp')).toMatch(/demo +True +2\/2 +1 +all 2 nodes are ready/);
    expect(await dev.kubectl('get', 'ts,tt')).toBe('');
    expect(await dev.kubectl('get', 'lease')).toMatch(
      /common-module-lock[\s\S]*http-module-lock[\s\S]*tinysystems-flow-controller/,
    );
  });

  it('lets kubectl describe, explain and list the resources', async () => {
    expect(await dev.kubectl('describe', 'tinynode', 'greeter')).toContain('Enable Default Port:');
    const explained = await dev.kubectl('explain', 'tinynode.spec.edges');
    expect(explained).toContain('A wire from an out port of this node');
    expect(explained).toMatch(/configuration\s+<Object>/);
    const resources = await dev.kubectl('api-resources', '--api-group=operator.tinysystems.io');
    for (const name of [
      'tinynodes',
      'tinymodules',
      'tinysignals',
      'tinyflows',
      'tinyprojects',
      'tinytrackers',
    ])
      expect(resources).toContain(name);
  });

  it('sees a changed setting with the next request, without a restart', async () => {
    const url = await dev.url();
    expect(await greetingOf(`${url}/hello?name=Ada`)).toBe('Hello, Ada!');
    await dev.kubectl(
      'patch',
      'tinynode',
      'greeter',
      '--type',
      'merge',
      '-p',
      '{"spec":{"settings":{"routes":["nobody"]}}}',
    );
    await eventually(async () => expect(await greetingOf(`${url}/hello?name=Ada`)).toBe('Hello, stranger!'));
    await dev.kubectl(
      'patch',
      'tinynode',
      'greeter',
      '--type',
      'merge',
      '-p',
      '{"spec":{"settings":{"routes":["named"]}}}',
    );
    await eventually(async () => expect(await greetingOf(`${url}/hello?name=Ada`)).toBe('Hello, Ada!'));
  });

  it('refuses a resource that is not valid, saying where', async () => {
    const bad = dev.apply(
      'apiVersion: operator.tinysystems.io/v1alpha1\nkind: TinyNode\nmetadata: { name: bad }\nspec: { module: common-module }\n',
    );
    await expect(bad).rejects.toThrow(/spec\.component: Required value/);
  });

  it('triggers a node by a TinySignal, which ends Delivered', async () => {
    await dev.kubectl('create', '-f', 'examples/signal/signal.yaml');
    await dev.kubectl(
      'wait',
      'tinysignal/hello-signal',
      '--for=jsonpath={.status.phase}=Delivered',
      '--timeout=20s',
    );
    const view = async () =>
      dev.kubectl(
        'get',
        'tinynode',
        'echo',
        '-o',
        'jsonpath={.status.ports[?(@.name=="_control")].configuration}',
      );
    await eventually(async () => expect(await view()).toContain('"hello":"signal"'), {
      timeoutMs: 10_000,
      intervalMs: 200,
    });
    // The signal goes with its node, and may be gone before kubectl comes to it.
    await dev.kubectl('delete', '--ignore-not-found', '-f', 'examples/signal/signal.yaml');
  });

  it('starts a module again that died, says so, and lets it lead before the lease of the dead one ends', async () => {
    const url = await dev.url();
    const lease = async () =>
      JSON.parse(await dev.kubectl('get', 'lease', 'common-module-lock', '-o', 'jsonpath={.spec}')) as {
        readonly holderIdentity: string;
        readonly acquireTime: string;
        readonly renewTime: string;
        readonly leaseDurationSeconds: number;
      };
    process.kill(await dev.pidOf('common-module-0'), 'SIGKILL');
    const before = await lease();
    await dev.says(/\[common-module-0\] was ended by SIGKILL; starting it again (now|in [\d.]+ s)/);
    await eventually(async () => expect(await greetingOf(`${url}/hello?name=Ada`)).toBe('Hello, Ada!'), {
      timeoutMs: 20_000,
      intervalMs: 100,
    });
    await eventually(async () => expect((await lease()).holderIdentity).not.toBe(before.holderIdentity), {
      timeoutMs: 20_000,
      intervalMs: 250,
    });
    const silentMs = Date.parse((await lease()).acquireTime) - Date.parse(before.renewTime);
    expect(silentMs).toBeLessThan(before.leaseDurationSeconds * 1000);
  }, 60_000);

  it('names the port and the flag when its port is in use', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    const { port } = taken.address() as { port: number };
    const args = [
      '--conditions=@tinysystems/source',
      'packages/cli/src/main.ts',
      'dev',
      '--listen',
      `127.0.0.1:${port}`,
      '--data',
      `${dev.folder}/other`,
    ];
    const failure = await run(process.execPath, args).catch(
      (error: { code: number; stderr: string }) => error,
    );
    expect(failure).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(new RegExp(`Port ${port} on 127\\.0\\.0\\.1 is in use[\\s\\S]*--listen`)),
    });
    taken.close();
  });
});

describe('Ctrl-C', () => {
  it('stops everything, and starting again finds what was there', async () => {
    await using first = await DevProcess.start();
    await first.kubectl('annotate', 'tinynode', 'greeter', 'mine=yes');
    const patch = [
      {
        op: 'replace',
        path: '/spec/edges/0/configuration/body/greeting',
        value: 'Welcome, {{$.context.name}}!',
      },
    ];
    await first.kubectl('patch', 'tinynode', 'greeter', '--type', 'json', '-p', JSON.stringify(patch));
    const uid = await first.kubectl('get', 'tinynode', 'greeter', '-o', 'jsonpath={.metadata.uid}');
    const children = await first.children();
    expect(children.length).toBeGreaterThanOrEqual(2);
    expect(await first.interrupt()).toBe(0);
    expect(children.filter(isAlive)).toEqual([]);

    await using second = await DevProcess.start({ folder: first.folder });
    expect(
      await second.kubectl(
        'get',
        'tinynode',
        'greeter',
        '-o',
        'jsonpath={.metadata.uid} {.metadata.annotations.mine}',
      ),
    ).toBe(`${uid} yes`);
    expect(second.output).toContain('kept as somebody changed it: TinyNode greeter');
    expect(await greetingOf(`${await second.url()}/hello?name=Ada`)).toBe('Welcome, Ada!');
  }, 90_000);

  it('leaves no module behind even when dev itself is killed', async () => {
    await using dev = await DevProcess.start();
    const children = await dev.children();
    dev.kill();
    await eventually(() => children.filter(isAlive).length === 0, { timeoutMs: 20_000, intervalMs: 50 });
  }, 60_000);
});
