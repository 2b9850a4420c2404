import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import type { SpanRecord } from '@tinysystems/core';
import { eventually } from '@tinysystems/testing';
import { DevProcess } from './dev-process.ts';

const ROOT = resolve(import.meta.dirname, '../..');

/** One run of the command line, as a person starts it. */
class Cli implements AsyncDisposable {
  readonly #child: ChildProcess;
  stdout = '';
  stderr = '';

  constructor(kubeconfig: string, ...args: readonly string[]) {
    const program = ['--conditions=@tinysystems/source', 'packages/cli/src/main.ts'];
    this.#child = spawn(process.execPath, [...program, ...args, '--kubeconfig', kubeconfig], {
      cwd: ROOT,
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    this.#child.stdout?.on('data', (chunk: Buffer) => (this.stdout += chunk.toString()));
    this.#child.stderr?.on('data', (chunk: Buffer) => (this.stderr += chunk.toString()));
  }

  async ended(): Promise<number | null> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'close');
    return this.#child.exitCode;
  }

  interrupt(): void {
    this.#child.kill('SIGINT');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.ended();
  }
}

/** Each run of the command line starts Node, on a machine that may do much else. */
const TIMEOUT_MS = 90_000;

describe('tinysystems trace and tap', () => {
  let dev: DevProcess;
  let url: string;
  beforeAll(async () => {
    dev = await DevProcess.start();
    url = await dev.url();
  }, 90_000);
  afterAll(() => dev[Symbol.asyncDispose](), 60_000);

  async function cli(...args: readonly string[]) {
    await using run = new Cli(dev.kubeconfig, ...args);
    const code = await run.ended();
    return { code, stdout: run.stdout, stderr: run.stderr };
  }
  const ask = (headers: Record<string, string> = {}) => fetch(`${url}/hello?name=Ada`, { headers });
  const idOf = (response: Response) => response.headers.get('x-trace-id') ?? 'none';

  it(
    'shows an HTTP request through both modules and back under the trace id of its response',
    async () => {
      const id = idOf(await ask());
      expect(id).toMatch(/^[0-9a-f]{32}$/);
      const { code, stdout } = await cli('trace', id, '--payloads');
      expect([code, stdout.split('\n')[0]]).toEqual([0, `trace ${id}: 3 spans in 2 modules, 0 errors`]);
      expect(stdout).toMatch(
        /server:request starts +http-module-0 +\+0\.0 ms[^]+└─ greeter:input +edge ask +common-module-0 +\+[\d.]+ ms[^]+ {3}└─ server:response +edge greet +http-module-0/,
      );
      expect(stdout).toContain('reply  {"statusCode":200,"body":{"greeting":"Hello, Ada!"},"headers":[]}');
    },
    TIMEOUT_MS,
  );

  it(
    'continues the trace of the caller, and finds it by the start of its id',
    async () => {
      const id = '0af7651916cd43dd8448eb211c80319c';
      expect(idOf(await ask({ traceparent: `00-${id}-b7ad6b7169203331-01` }))).toBe(id);
      const { stdout } = await cli('trace', id.slice(0, 12), '-o', 'json');
      const { traceId, spans } = JSON.parse(stdout) as { traceId: string; spans: readonly SpanRecord[] };
      expect(traceId).toBe(id);
      expect(spans.map(({ attributes }) => attributes['to'] ?? attributes['from'])).toEqual([
        'server:request',
        'greeter:input',
        'server:response',
      ]);
      expect(spans.map(({ parentSpanId }) => parentSpanId)).toEqual([
        'b7ad6b7169203331',
        spans[0]?.spanId,
        spans[1]?.spanId,
      ]);
    },
    TIMEOUT_MS,
  );

  it(
    'lists the latest traces, and says why there may be none of an id',
    async () => {
      const id = idOf(await ask());
      const list = await cli('trace');
      expect(list.stdout).toMatch(new RegExp(`${id} +20\\S+Z +[\\d.]+ ms +3 +http_server request`));
      const nothing = await cli('trace', 'f'.repeat(32));
      expect([nothing.code, nothing.stdout]).toEqual([1, '']);
      expect(nothing.stderr).toMatch(
        /nothing of trace f{32} in 2 replicas\. Why that may be:\n {2}- it was not recorded/,
      );
    },
    TIMEOUT_MS,
  );

  it(
    'never shows what the flow author calls secret, nor lets a message act on the terminal',
    async () => {
      const secret = { type: 'object', properties: { name: {}, pin: { type: 'string', secret: true } } };
      const ports = [{ name: 'input', schema: { type: 'object', properties: { context: secret } } }];
      await dev.kubectl(
        'patch',
        'tinynode',
        'greeter',
        '--type',
        'merge',
        '-p',
        JSON.stringify({ spec: { ports } }),
      );
      await dev.kubectl('wait', 'tinynode/greeter', '--for=condition=Ready', '--timeout=20s');
      await using tap = new Cli(dev.kubeconfig, 'tap', 'greeter:input', '--count', '1');
      await eventually(() => tap.stderr.includes('tapping common-module-0'), { timeoutMs: 60_000 });
      const data = {
        context: { name: '\u001b[31mAda', pin: 'canary' },
        conditions: [{ route: 'named', condition: true }],
      };
      const { stdout } = await cli('signal', 'greeter', 'input', '--data', JSON.stringify(data));
      const [, id = 'none'] = /tinysystems trace ([0-9a-f]{32})/.exec(stdout) ?? [];
      const shown = await cli('trace', id, '--payloads');
      const json = await cli('trace', id, '-o', 'json');
      expect(await tap.ended()).toBe(0);
      for (const text of [tap.stdout, shown.stdout, json.stdout]) {
        expect(text).toContain('••••••');
        expect(text).not.toContain('canary');
        expect(text).not.toContain('\u001b');
      }
      expect(tap.stdout).toMatch(
        /^[\d:.]{12} signal → greeter:input \([\d.]+ ms\) \{"context":\{"name":"\\u001b\[31mAda"/,
      );
    },
    TIMEOUT_MS,
  );

  it(
    'shows messages as they come, from an in port or an out port, until Ctrl-C',
    async () => {
      await using inPort = new Cli(dev.kubeconfig, 'tap', 'greeter', '-o', 'json');
      await using outPort = new Cli(dev.kubeconfig, 'tap', 'server:request', '--count', '1');
      await eventually(() => /tapping common/.test(inPort.stderr) && /tapping common/.test(outPort.stderr), {
        timeoutMs: 60_000,
      });
      const id = await eventually(
        async () => {
          const asked = idOf(await ask());
          return inPort.stdout.includes('\n') && asked;
        },
        { timeoutMs: 30_000 },
      );
      expect(id).toBeTruthy();
      const [line = '{}'] = inPort.stdout.split('\n');
      expect(JSON.parse(line)).toMatchObject({ from: 'server:request', to: 'greeter:input', edge: 'ask' });
      expect(await outPort.ended()).toBe(0);
      expect(outPort.stdout).toContain('server:request → greeter:input');
      inPort.interrupt();
      expect(await inPort.ended()).toBe(0);
      expect(inPort.stderr).toMatch(/\d+ messages shown, 0 not shown/);
    },
    TIMEOUT_MS,
  );

  it(
    'names the ports of a node that has not the one asked for',
    async () => {
      const { code, stderr } = await cli('tap', 'server:nope');
      expect([code, stderr]).toEqual([
        1,
        expect.stringMatching(/has no port nope; it has: .*request.*response/),
      ]);
    },
    TIMEOUT_MS,
  );

  it(
    'answers no browser',
    async () => {
      const path = '{.status.endpoints[0].diagnostics}';
      const address = await dev.kubectl('get', 'tinymodule', 'http-module', '-o', `jsonpath=${path}`);
      expect(address).toMatch(/^127\.0\.0\.1:\d+$/);
      const answer = await fetch(`http://${address}/traces`, { headers: { origin: 'https://example.org' } });
      expect(answer.status).toBe(403);
    },
    TIMEOUT_MS,
  );

  it(
    'counts without a series that is not bounded',
    async () => {
      const [, metrics = ''] = /http-module-0.* (http:\/\/\S+\/metrics)/.exec(dev.output) ?? [];
      await ask();
      const text = await (await fetch(metrics)).text();
      expect(text).toMatch(/tiny_edge_sends_total\{node="server",edge="ask"\} [1-9]/);
      expect(text).toMatch(/tiny_spans_held [1-9]/);
    },
    TIMEOUT_MS,
  );
});
