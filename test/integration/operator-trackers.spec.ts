import { type TinyTrackerSpec, type TinyTrackerStatus, findCondition } from '@tinysystems/api';
import { ATTRIBUTES } from '@tinysystems/engine';
import { startTracing } from '@tinysystems/operator';
import { component, done, input, output, z } from '@tinysystems/sdk';
import { TestCluster, eventually } from '@tinysystems/testing';

const FLOW = { 'tinysystems.io/flow-name': 'f', 'tinysystems.io/project-name': 'p' };
/** Trackers are looked at every two seconds. */
const PATIENCE = { timeoutMs: 15_000, intervalMs: 50 };

const passer = component({
  name: 'passer',
  description: 'Sends on.',
  ports: { in: input(z.unknown()), other: input(z.unknown()), out: output(z.unknown()) },
  on: {
    in: (message, ctx) => ctx.emit('out', message as object),
    other: () => done,
  },
});
const judge = component({
  name: 'judge',
  description: 'Fails when it is asked to.',
  ports: {
    in: input(
      z.looseObject({ fails: z.boolean().default(false), pin: z.string().optional().meta({ secret: true }) }),
    ),
  },
  on: {
    in: ({ fails }) => {
      if (fails) throw new Error('as asked');
      return done;
    },
  },
});

/** Two modules, and the nodes `near` → `far` across them, in the flow `f`. */
class Flows implements AsyncDisposable {
  readonly cluster: TestCluster;
  readonly near = tracing('alpha');
  readonly far = tracing('beta');
  #signals = 0;

  private constructor(cluster: TestCluster) {
    this.cluster = cluster;
  }

  static async start(): Promise<Flows> {
    await using stack = new AsyncDisposableStack();
    const cluster = stack.use(await TestCluster.start());
    const flows = new Flows(cluster);
    await cluster.startModule('alpha', [passer], { tracing: flows.near });
    await cluster.startModule('beta', [judge], { tracing: flows.far });
    const edges = [{ id: 'e', port: 'out', to: 'far', toPort: 'in' }];
    await cluster.createNode('near', { module: 'alpha', component: 'passer', edges }, FLOW);
    await cluster.createNode('far', { module: 'beta', component: 'judge' }, FLOW);
    await cluster.ready('near', 'far');
    stack.move();
    return flows;
  }

  /** Creates a tracker and waits until every replica records for it. */
  async track(name: string, spec: TinyTrackerSpec): Promise<void> {
    await this.cluster.trackers.create({ metadata: { name }, spec });
    await this.until(name, { phase: 'Active' });
  }

  /** Sends a message and waits for its end. @returns the id of its trace. */
  async send(
    data: object = {},
    to: { node?: string; port?: string; traceID?: string } = {},
  ): Promise<string> {
    const name = `s-${this.#signals}`;
    this.#signals += 1;
    await this.cluster.createSignal(name, { node: 'near', port: 'in', data: data as never, ...to });
    return (await this.cluster.ended(name)).status?.traceID ?? '';
  }

  async status(name: string): Promise<TinyTrackerStatus> {
    return (await this.cluster.trackers.get(name)).status ?? {};
  }

  /** Waits until the status is so. */
  until(name: string, status: object): Promise<TinyTrackerStatus> {
    return eventually(async () => {
      const now = await this.status(name);
      expect(now).toMatchObject(status);
      return now;
    }, PATIENCE);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.cluster[Symbol.asyncDispose]();
  }
}

function tracing(module: string) {
  // Nothing is recorded but for a tracker.
  return startTracing({ module, version: '0.1.0', pod: module, env: { OTEL_TRACES_SAMPLER: 'always_off' } });
}

/** What was recorded of the messages of a trace; a signal itself is always recorded. */
function messagesOf(ring: ReturnType<typeof tracing>['ring'], id: string) {
  return ring
    .spansOf(id)
    .filter(({ kind }) => kind === 'message')
    .map(({ attributes }) => attributes[ATTRIBUTES.data]);
}

describe('a TinyTracker', () => {
  it('must name exactly one of project, flow and node, and has defaults for the rest', async () => {
    await using cluster = await TestCluster.start();
    const create = (spec: object) => cluster.trackers.create({ metadata: { generateName: 't-' }, spec });
    await expect(create({})).rejects.toMatchObject({
      code: 422,
      message: expect.stringContaining('name exactly one of project, flow and node'),
    });
    await expect(create({ flow: 'a', node: 'b' })).rejects.toMatchObject({ code: 422 });
    await expect(create({ node: 'b', sample: 0 })).rejects.toMatchObject({ code: 422 });
    expect((await create({ node: 'b' })).spec).toEqual({
      node: 'b',
      payload: 'redacted',
      sample: 1,
      maxRecords: 1000,
      ttlSeconds: 3600,
    });
  });

  it('on a flow counts the messages of all its modules, and lists the traces with hops and error', async () => {
    await using flows = await Flows.start();
    await flows.send({ n: 'nobody watches' });
    await flows.track('t', { flow: 'f' });
    const before = Date.now();
    const good = await flows.send({ n: 1 });
    const bad = await flows.send({ fails: true });
    const status = await flows.until('t', { recorded: 4, failed: 2 });
    expect(status.traces).toEqual([
      {
        id: bad,
        start: expect.any(String),
        duration: expect.stringMatching(/^\d+(\.\d)?ms$/),
        hops: 2,
        error: 'HANDLER_FAILED: as asked',
      },
      { id: good, start: expect.any(String), duration: expect.stringMatching(/^\d+(\.\d)?ms$/), hops: 2 },
    ]);
    expect(Date.parse(status.traces?.[1]?.start ?? '')).toBeGreaterThanOrEqual(before - 1000);
    expect(findCondition(status.conditions, 'Recording')).toMatchObject({ status: 'True' });
    expect(findCondition(status.conditions, 'Complete')).toMatchObject({ status: 'True' });
    expect(Date.parse(status.until ?? '') - Date.parse(status.since ?? '')).toBeLessThanOrEqual(3_600_000);
    // In detail: with what each message was.
    expect(messagesOf(flows.near.ring, good)).toEqual(['{"n":1}']);
    expect(messagesOf(flows.far.ring, good)).toEqual(['{"n":1,"fails":false}']);
  });

  it('records from the first node on that it matches, and no other port', async () => {
    await using flows = await Flows.start();
    await flows.track('n', { node: 'far' });
    await flows.track('p', { node: 'near', ports: ['other'] });
    const id = await flows.send();
    await flows.send({}, { port: 'other' });
    await flows.until('n', { recorded: 1, traces: [{ id, hops: 1 }] });
    await flows.until('p', { recorded: 1 });
    expect(messagesOf(flows.near.ring, id)).toEqual([]);
    expect(messagesOf(flows.far.ring, id)).toHaveLength(1);
  });

  it('on a project keeps of each message what it was asked for, and never a secret', async () => {
    await using flows = await Flows.start();
    const message = { pin: '4711', password: 'hunter2', text: 'hello' };
    const shownOf = async () => {
      const id = await flows.send(message, { node: 'far' });
      return messagesOf(flows.far.ring, id);
    };
    await flows.track('none', { project: 'p', payload: 'none' });
    expect(await shownOf()).toEqual([undefined]);
    await flows.track('redacted', { project: 'p' });
    const [redacted] = await shownOf();
    expect(JSON.parse(String(redacted))).toEqual({
      ...message,
      fails: false,
      pin: '••••••',
      password: '••••••',
    });
    await flows.track('full', { project: 'p', payload: 'full' });
    const [full] = await shownOf();
    expect(JSON.parse(String(full))).toEqual({ ...message, fails: false, pin: '••••••' });
    expect(findCondition((await flows.status('full')).conditions, 'PayloadWhole')).toMatchObject({
      status: 'False',
      reason: 'SecretsHidden',
    });
    expect(findCondition((await flows.status('redacted')).conditions, 'PayloadWhole')).toBeUndefined();
  });

  it('stops when it has enough, and goes on when it is asked for more', async () => {
    await using flows = await Flows.start();
    await flows.track('t', { node: 'near', maxRecords: 3 });
    const ids: string[] = [];
    for (let n = 0; n < 5; n += 1) ids.push(await flows.send());
    const full = await flows.until('t', { phase: 'Full', recorded: 3 });
    expect(findCondition(full.conditions, 'Recording')).toMatchObject({ status: 'False', reason: 'Full' });
    expect(ids.flatMap((id) => messagesOf(flows.near.ring, id))).toHaveLength(3);
    expect(full.traces?.map(({ id }) => id)).toEqual(ids.slice(0, 3).reverse());
    await flows.cluster.trackers.patch('t', { spec: { maxRecords: 4 } });
    await flows.until('t', { phase: 'Active' });
    await flows.send();
    await flows.send();
    await flows.until('t', { phase: 'Full', recorded: 4 });
  });

  it('goes away when its time is over, and records nothing after that', async () => {
    await using flows = await Flows.start();
    await flows.track('t', { flow: 'f', ttlSeconds: 3 });
    const { metadata, status } = await flows.cluster.trackers.get('t');
    const endMs = Date.parse(metadata.creationTimestamp ?? '') + 3000;
    expect(Date.parse(status?.until ?? '')).toBe(endMs);
    const id = await flows.send();
    expect(messagesOf(flows.near.ring, id)).toHaveLength(1);
    await eventually(async () => (await flows.cluster.trackers.list()).items.length === 0, PATIENCE);
    expect(Date.now()).toBeGreaterThanOrEqual(endMs);
    const late = await flows.send();
    expect(messagesOf(flows.near.ring, late)).toEqual([]);
  });

  it('takes a share of the traces, the same on every replica', async () => {
    await using flows = await Flows.start();
    await flows.track('half', { flow: 'f', sample: 0.5 });
    const ids = Array.from({ length: 40 }, (_, n) => traceId(n));
    const low = ids.filter((id) => Number.parseInt(id.slice(-8), 16) < 2 ** 31);
    expect(low.length).toBeGreaterThan(10);
    expect(low.length).toBeLessThan(30);
    for (const traceID of ids) await flows.send({}, { traceID });
    await flows.until('half', { recorded: 2 * low.length });
    const known = (ring: typeof flows.near.ring) => ids.filter((id) => messagesOf(ring, id).length > 0);
    expect(known(flows.near.ring)).toEqual(low);
    expect(known(flows.far.ring)).toEqual(low);
  });

  it('says that nothing matches, and begins when something does', async () => {
    await using flows = await Flows.start();
    await flows.cluster.trackers.create({ metadata: { name: 't' }, spec: { node: 'later' } });
    const waiting = await flows.until('t', { phase: 'Pending' });
    expect(findCondition(waiting.conditions, 'Recording')).toMatchObject({
      status: 'False',
      reason: 'NothingMatches',
      message: expect.stringContaining('TinyNode later'),
    });
    expect(waiting.since).toBeUndefined();
    await flows.cluster.createNode('later', { module: 'beta', component: 'judge' });
    await flows.cluster.ready('later');
    await flows.until('t', { phase: 'Active' });
    await flows.send({}, { node: 'later' });
    await flows.until('t', { recorded: 1 });
  });

  it('that is made again under its name begins anew', async () => {
    await using flows = await Flows.start();
    await flows.track('t', { node: 'near' });
    await flows.send();
    await flows.until('t', { recorded: 1 });
    await flows.cluster.trackers.delete('t');
    await flows.track('t', { node: 'near' });
    expect(await flows.status('t')).toMatchObject({ recorded: 0, traces: [] });
    await flows.send();
    await flows.until('t', { recorded: 1 });
  });
});

/** The same sequence of ids in every run. */
function traceId(n: number): string {
  const hash = Math.imul(n + 1, 0x9e37_79b1) >>> 0;
  return `${'a'.repeat(24)}${hash.toString(16).padStart(8, '0')}`;
}
