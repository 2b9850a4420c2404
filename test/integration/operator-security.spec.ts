import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Tracing, startTracing } from '@tinysystems/operator';
import { MessageRequest } from '@tinysystems/proto';
import { component, done, input, output, reply, z } from '@tinysystems/sdk';
import { type RunningModule, TestCluster, eventually } from '@tinysystems/testing';
import { type RawCall, type Trailers, callRaw } from './raw-http2.ts';

const pass = component({
  name: 'pass',
  description: 'Passes on.',
  ports: { in: input(z.unknown()), out: output(z.unknown()) },
  on: { in: (message, ctx) => ctx.emit('out', message as object) },
});
const end = component({
  name: 'end',
  description: 'Answers, and has a button.',
  ports: { in: input(z.unknown()) },
  control: { schema: z.object({ press: z.boolean().optional() }) },
  on: { in: () => reply({ done: true }) },
  submit: (submission) => (pressed.push(submission), done),
});
const pressed: unknown[] = [];

const EDGE = { id: 'over', port: 'out', to: 'b', toPort: 'in' };
const MESSAGE = '/module.ModuleService/Message';
const FAILED_PRECONDITION = '9';
const UNIMPLEMENTED = '12';
const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PARENT = 'b7ad6b7169203331';
/** What a client says of itself and of where its message comes from. */
const FORGED = {
  'x-message-depth': '7',
  'x-message-passed': 'b',
  traceparent: `00-${TRACE}-${PARENT}-01`,
  // What proxies write for identities: nobody here reads it.
  'x-forwarded-client-cert': 'URI=spiffe://tinysystems/ns/default/module/alpha',
  'x-tiny-module': 'alpha',
};

interface CallDraft {
  readonly edgeId?: string;
  readonly from?: string;
  readonly to?: string;
  readonly headers?: NonNullable<RawCall['headers']>;
}

/** Node `a` of module `alpha` with an edge to node `b` of module `beta`, and what `beta` saw. */
class Setup implements AsyncDisposable {
  readonly cluster: TestCluster;
  readonly beta: RunningModule;
  readonly #tracing: Tracing;

  private constructor(cluster: TestCluster, beta: RunningModule, tracing: Tracing) {
    this.cluster = cluster;
    this.beta = beta;
    this.#tracing = tracing;
  }

  static async create(): Promise<Setup> {
    const cluster = await TestCluster.start();
    const tracing = startTracing({ module: 'beta', version: '0.1.0', pod: 'beta-0', env: {} });
    await cluster.startModule('alpha', [pass]);
    const beta = await cluster.startModule('beta', [end], { tracing });
    await cluster.createNode('a', { module: 'alpha', component: 'pass', edges: [EDGE] });
    await cluster.createNode('b', { module: 'beta', component: 'end' });
    await cluster.ready('a', 'b');
    return new Setup(cluster, beta, tracing);
  }

  get spans() {
    return this.#tracing.ring.spansOf('').filter(({ name }) => name === 'end in');
  }

  /** Calls beta as a client that is none of ours, with the certificate of a module. */
  async call(module: string, { edgeId = 'over', from = 'a:out', to = 'b:in', headers = {} }: CallDraft = {}) {
    const request = { ID: '', From: from, To: to, Payload: Buffer.from('{}'), EdgeID: edgeId };
    const body = MessageRequest.encode(request).finish();
    const answer = await this.raw(module, { path: MESSAGE, body, headers });
    return { ...answer, text: decodeURIComponent(answer['grpc-message'] ?? '') };
  }

  async raw(module: string, call: RawCall): Promise<Trailers> {
    const directory = await this.cluster.certificatesOf(module);
    const read = (name: string) => readFile(join(directory, name), 'utf8');
    const [certificate, key, authorities] = [
      await read('tls.crt'),
      await read('tls.key'),
      await read('ca.crt'),
    ];
    return callRaw(String(this.beta.addresses['grpc']), { certificate, key, authorities }, call);
  }

  /** How many refusals beta counts for a reason. */
  async refusals(reason: string): Promise<number> {
    const response = await fetch(`http://127.0.0.1:${Number(this.beta.addresses['metrics'])}/metrics`);
    const line = new RegExp(`^tiny_peer_refusals_total\\{side="in",reason="${reason}"\\} (\\d+)$`, 'm');
    return Number(line.exec(await response.text())?.[1] ?? 0);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.cluster[Symbol.asyncDispose]();
  }
}

describe('a module', () => {
  it('takes a message over mutual TLS from the module whose node has the edge', async () => {
    await using setup = await Setup.create();
    await setup.cluster.createSignal('go', { node: 'a', port: 'in' });
    expect((await setup.cluster.ended('go')).status?.phase).toBe('Delivered');
    expect(setup.beta.logged).toContainEqual(expect.objectContaining({ message: 'certificates in use' }));
    const metrics = await fetch(`http://127.0.0.1:${Number(setup.beta.addresses['metrics'])}/metrics`);
    const expiry = /^tiny_certificate_expiry_timestamp_seconds (\S+)$/m.exec(await metrics.text())?.[1];
    expect(Number(expiry) * 1000).toBeGreaterThan(Date.now());
  });

  it('believes depth and trace of a caller that may call', async () => {
    await using setup = await Setup.create();
    expect(await setup.call('alpha', { headers: FORGED })).toMatchObject({ 'grpc-status': '0' });
    await eventually(() => setup.spans.length === 1);
    expect(setup.spans[0]).toMatchObject({ traceId: TRACE, parentSpanId: PARENT });
    expect(setup.spans[0]?.attributes).toMatchObject({ 'tiny.depth': 7 });
  });

  it.each([
    [
      'with a valid certificate and no such edge',
      'alpha',
      'other',
      'edge',
      'a:out has no edge "other" to b:in',
    ],
    [
      'whose certificate names another module than that of the sending node',
      'mallory',
      'over',
      'module',
      'a:out belongs to module alpha, and the certificate of the caller names mallory',
    ],
  ])('refuses a caller %s, whatever its headers say', async (_who, module, edgeId, reason, text) => {
    await using setup = await Setup.create();
    const answer = await setup.call(module, { edgeId, headers: FORGED });
    expect(answer).toMatchObject({
      'grpc-status': FAILED_PRECONDITION,
      'x-tiny-kind': 'Permanent',
      'x-tiny-code': 'EDGE_REFUSED',
    });
    expect(answer.text).toContain(text);
    expect(await setup.refusals(reason)).toBe(1);
    // Nothing of the caller's own words is used: no span belongs to the trace it named.
    expect(setup.spans).toEqual([]);
  });

  it('refuses a call for good whose target does not exist, though its edge does', async () => {
    await using setup = await Setup.create();
    const edges = [EDGE, { ...EDGE, id: 'astray', to: 'ghost' }];
    await setup.cluster.nodes.patch('a', { spec: { edges } });
    const startedMs = performance.now();
    const answer = await setup.call('alpha', { edgeId: 'astray', to: 'ghost:in' });
    expect(answer).toMatchObject({ 'x-tiny-kind': 'Permanent', 'x-tiny-code': 'NODE_UNKNOWN' });
    expect(answer.text).toContain('there is no TinyNode ghost, where edge astray of a leads');
    expect(performance.now() - startedMs).toBeLessThan(15_000);
  });

  it('lets nobody reach a control over the wire, whoever the message says it is from', async () => {
    await using setup = await Setup.create();
    const senders = ['', 'signal', 'a:out', 'b:out'];
    const answers = await Promise.all(
      senders.flatMap((from) =>
        ['over', ''].map((edgeId) => setup.call('alpha', { from, edgeId, to: 'b:_control' })),
      ),
    );
    expect(answers).toHaveLength(8);
    for (const answer of answers) {
      expect(answer).toMatchObject({ 'grpc-status': FAILED_PRECONDITION, 'x-tiny-code': 'EDGE_REFUSED' });
    }
    expect(pressed).toEqual([]);
    await setup.cluster.createSignal('press', { node: 'b', port: '_control', data: { press: true } });
    expect((await setup.cluster.ended('press')).status).toMatchObject({ phase: 'Delivered' });
    expect(pressed).toEqual([{ press: true }]);
  });

  it.each(['v1', 'v1alpha'])(
    'tells nobody what it takes, unless it was told to (reflection %s)',
    async (version) => {
      await using setup = await Setup.create();
      const path = `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`;
      expect(await setup.raw('alpha', { path })).toMatchObject({ 'grpc-status': UNIMPLEMENTED });
    },
  );
});
