import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { findCondition } from '@tinysystems/api';
import { EVENT, type KubeObject, resourceType } from '@tinysystems/kubernetes';
import { TestCluster, eventually } from '@tinysystems/testing';
import { bundleProgram } from '../../tools/bundle.ts';
import { createCollector } from './collector.ts';

const CLI = resolve(import.meta.dirname, '../../packages/cli/src/main.ts');
const LIMIT = { timeoutMs: 60_000, intervalMs: 50 };
/** Every canary begins so, plain or in base64. */
const CANARY = /canary-[\w-]+|7654321\d+|Y2FuYXJ5[\w+/=]*/g;

/** Secrets at every depth, with a canary of its own each. */
function canaries(place: string) {
  const canary = (name: string) => `canary-${place}-${name}-0123456789`;
  return {
    token: canary('token'),
    key: canary('key'),
    pin: 765432100 + place.length,
    nested: { deep: canary('deep') },
    list: [canary('item')],
    pair: ['shown', canary('second')],
    byName: { any: canary('entry') },
    either: { code: canary('code') },
    whole: { user: canary('user'), keys: [canary('inner')] },
  };
}

const SECRET = resourceType<KubeObject & { readonly data: Readonly<Record<string, string>> }>({
  group: '',
  version: 'v1',
  kind: 'Secret',
  plural: 'secrets',
  namespaced: true,
});

/** The module in a process of its own, with everything that it says. */
class CanaryProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  output = '';

  constructor(program: string, kubeconfig: string, collector: string) {
    const local = '127.0.0.1:0';
    this.#child = spawn(
      process.execPath,
      [
        ...[program, 'run', '--namespace', 'default', '--kubeconfig', kubeconfig, '--log-level', 'trace'],
        ...['--grpc-server-bind-address', local, '--health-probe-bind-address', local],
        ...['--metrics-bind-address', local, '--diagnostics-bind-address', local],
      ],
      {
        env: {
          ...process.env,
          NODE_OPTIONS: '',
          POD_NAME: 'replica-0',
          OTEL_EXPORTER_OTLP_ENDPOINT: collector,
        },
      },
    );
    this.#exited = once(this.#child, 'exit');
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
  }

  async metrics(): Promise<string> {
    const [, port] = /"metrics":(\d+)/.exec(this.output) ?? [];
    if (port === undefined) throw new Error(`it does not serve yet: ${this.output}`);
    return (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  }

  /** Stops in order: spans are sent. */
  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    await this.#exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill('SIGKILL');
    await this.#exited;
  }
}

/** What a replica tells of its messages, from now on. */
class OpenTap {
  readonly #end = new AbortController();
  readonly #told: Promise<string>;

  constructor(diagnostics: string, node: string) {
    this.#told = this.#read(`http://${diagnostics}/tap?node=${node}`);
  }

  end(): Promise<string> {
    this.#end.abort();
    return this.#told;
  }

  async #read(url: string): Promise<string> {
    let told = '';
    try {
      const { body } = await fetch(url, { signal: this.#end.signal });
      for await (const chunk of body ?? []) told += Buffer.from(chunk).toString();
    } catch (error) {
      if (!this.#end.signal.aborted) throw error;
    }
    return told;
  }
}

/** Runs the real command. @returns all it printed. */
async function cli(...args: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, ['--conditions=@tinysystems/source', CLI, ...args]);
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return stdout + stderr;
}

describe('secrets of settings and messages', () => {
  it('show up in no log, span, event, status, metric or output of the command line', async () => {
    await using cluster = await TestCluster.start();
    await using folder = await mkdtempDisposable(join(tmpdir(), 'secrets-'));
    using collector = await createCollector();
    const program = join(folder.path, 'module.js');
    await bundleProgram(join(import.meta.dirname, 'secrets-module.ts'), program);
    await using module = new CanaryProcess(program, cluster.kubeconfig, collector.endpoint);

    const stored = canaries('stored');
    await cluster.client.resource(SECRET, 'default').create({
      metadata: { name: 'vault' },
      data: { token: Buffer.from(stored.token).toString('base64') },
    });
    const reference = { secretKeyRef: { name: 'vault', key: 'token' } };
    const node = { module: 'secrets-module', component: 'vault' };
    const toBoards = [
      { id: 'out', port: 'out', to: 'board', toPort: 'in' },
      { id: 'late', port: 'late', to: 'refusing', toPort: 'in' },
      { id: 'error', port: 'error', to: 'errors', toPort: 'in' },
    ];
    const plain = canaries('plain');
    await cluster.createNode('board', { ...node, component: 'board' });
    await cluster.createNode('errors', { ...node, component: 'board' });
    await cluster.createNode('refusing', { ...node, component: 'refusing' });
    await cluster.createNode('referring', {
      ...node,
      settings: { token: reference },
      edges: toBoards.slice(0, 2),
    });
    await cluster.createNode('plain', { ...node, settings: plain, edges: toBoards.slice(0, 2) });
    await cluster.createNode('caught', {
      ...node,
      settings: { ...plain, enableErrorPort: true },
      edges: toBoards,
    });
    for (const note of ['refuse', 'unwilling', 'broken'])
      await cluster.createNode(note, { ...node, settings: { ...canaries(note), note } });
    await cluster.createNode('invalid', {
      ...node,
      settings: { ...canaries('invalid'), pin: 'canary-invalid-pin', nested: 'canary-invalid-nested' },
    });
    const literal = canaries('literal');
    await cluster.createNode('mapping', {
      ...node,
      settings: { token: reference },
      edges: [
        {
          id: 'bad',
          port: 'out',
          to: 'plain',
          toPort: 'typed',
          configuration: { pin: literal.token, whole: literal },
        },
        {
          id: 'worse',
          port: 'out',
          to: 'plain',
          toPort: 'in',
          configuration: { ...literal, list: literal.token, nested: literal.token },
        },
        {
          id: 'expression',
          port: 'out',
          to: 'plain',
          toPort: 'in',
          configuration: { token: "{{ 'canary-expression' * 2 }}" },
        },
        {
          id: 'syntax',
          port: 'out',
          to: 'plain',
          toPort: 'in',
          configuration: { token: "{{ upper('canary-syntax' }}" },
        },
      ],
    });
    await eventually(
      () => cluster.ready('board', 'errors', 'referring', 'plain', 'caught').then(() => true),
      LIMIT,
    );

    const [endpoint] = (await cluster.modules.get('secrets-module')).status?.endpoints ?? [];
    const diagnostics = endpoint?.diagnostics ?? '';
    const taps = ['plain', 'refusing', 'board', 'errors'].map((name) => new OpenTap(diagnostics, name));

    const sent = canaries('sent');
    for (const [index, to] of ['referring', 'plain', 'caught', 'mapping'].entries()) {
      await cluster.createSignal(`throw-${index}`, {
        node: to,
        port: 'in',
        data: { ...sent, note: 'throw' },
      });
      await cluster.createSignal(`pass-${index}`, { node: to, port: 'in', data: sent });
      await cluster.createSignal(`invalid-${index}`, {
        node: to,
        port: 'in',
        data: { ...sent, token: [sent.token] },
      });
      await cluster.createSignal(`control-${index}`, { node: to, port: '_control', data: sent });
      for (const kind of ['throw', 'pass', 'invalid', 'control'])
        await cluster.ended(`${kind}-${index}`, 30_000);
    }
    await eventually(async () => {
      const reasonOf = async (name: string, type: string) =>
        findCondition((await cluster.nodes.get(name)).status?.conditions, type)?.reason;
      expect(await reasonOf('refuse', 'SettingsAccepted')).toBe('Rejected');
      expect(await reasonOf('unwilling', 'SettingsAccepted')).toBe('Rejected');
      expect(await reasonOf('invalid', 'SettingsAccepted')).toBe('Rejected');
      expect(await reasonOf('broken', 'Ready')).toBe('WorkFailed');
      expect(await reasonOf('plain', 'SettingsAccepted')).toBe('PlainSecret');
      expect(await reasonOf('mapping', 'EdgesResolved')).toBe('Unresolved');
      const events = (await cluster.client.resource(EVENT, 'default').list()).items.map(
        ({ reason }) => reason,
      );
      expect(events).toEqual(expect.arrayContaining(['EmissionFailed', 'WorkFailed', 'Rejected']));
    }, LIMIT);

    const flow = join(folder.path, 'flow.yaml');
    const resources = (await cluster.nodes.list()).items.map((item) => ({ ...item, status: undefined }));
    await writeFile(flow, resources.map((resource) => `${JSON.stringify(resource)}\n`).join('---\n'));
    const signal = ['signal', 'plain', 'in', '--kubeconfig', cluster.kubeconfig, '--data'];
    const traceIds = (await cluster.signals.list()).items.map(({ status }) => status?.traceID ?? '');
    const traces = traceIds.map((id) =>
      fetch(`http://${diagnostics}/traces/${id}`).then((answer) => answer.text()),
    );
    const exits: Readonly<Record<string, string>> = {
      taps: (await Promise.all(taps.map((tap) => tap.end()))).join(''),
      traces: (await Promise.all(traces)).join(''),
      'tinysystems trace': await cli(
        'trace',
        traceIds[0] ?? '',
        '--payloads',
        '--kubeconfig',
        cluster.kubeconfig,
      ),
      metrics: await module.metrics(),
      status: JSON.stringify([
        (await cluster.nodes.list()).items.map(({ metadata, status }) => ({ name: metadata.name, status })),
        (await cluster.signals.list()).items.map(({ metadata, status }) => ({ name: metadata.name, status })),
        (await cluster.modules.list()).items,
        (await cluster.nodes.get('referring')).spec,
      ]),
      events: JSON.stringify((await cluster.client.resource(EVENT, 'default').list()).items),
      'tinysystems signal': await cli(...signal, JSON.stringify({ ...sent, note: 'throw' })),
      'tinysystems signal, not JSON': await cli(...signal, `{"token":"${sent.token}"`),
      'tinysystems validate': await cli('validate', flow, '--kubeconfig', cluster.kubeconfig),
      'tinysystems validate, JSON': await cli(
        'validate',
        flow,
        '--kubeconfig',
        cluster.kubeconfig,
        '-o',
        'json',
      ),
      'tinysystems eval': await cli('eval', '{{$.token * 2}}', '--data', JSON.stringify(sent)),
      'tinysystems eval, not JSON': await cli('eval', '{{$.token}}', '--data', `{"token":"${sent.token}"`),
    };
    await module.stop();
    const all = {
      ...exits,
      logs: module.output,
      spans: Buffer.concat(collector.received).toString('latin1'),
    };
    const leaks = Object.entries(all).flatMap(([exit, told]) =>
      [...new Set(told.match(CANARY))].map(
        (found) =>
          `${exit}: …${told.slice(Math.max(0, told.indexOf(found) - 200), told.indexOf(found) + 60)}…`,
      ),
    );
    expect(leaks).toEqual([]);
    // Each of them has something to say.
    for (const [exit, marker] of Object.entries({
      taps: 'shown: {',
      traces: 'shown: {',
      'tinysystems trace': 'shown: submitted {',
      metrics: 'node="plain"',
      status: 'shown: refused',
      events: 'shown: broken',
      'tinysystems signal': 'shown: {',
      'tinysystems signal, not JSON': '--data is not JSON',
      'tinysystems validate': 'is not shown',
      'tinysystems validate, JSON': 'is not shown',
      'tinysystems eval': 'cannot multiply',
      'tinysystems eval, not JSON': 'not JSON',
      logs: 'shown: debug',
      spans: 'shown: {',
    }))
      expect([exit, all[exit as keyof typeof all]]).toEqual([exit, expect.stringContaining(marker)]);
  }, 180_000);
});
