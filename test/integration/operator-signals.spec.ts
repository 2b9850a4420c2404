import type { ErrorKind } from '@tinysystems/core';
import { TinyError, component, done, input, output, statefulComponent, z } from '@tinysystems/sdk';
import { TestCluster, eventually } from '@tinysystems/testing';

/** A component whose handler is the test's. */
function createProbe(handle: (message: unknown, attempt: number) => Promise<void> | void) {
  let attempts = 0;
  return component({
    name: 'probe',
    description: 'Does what the test says.',
    ports: { in: input(z.unknown()), out: output(z.unknown()) },
    on: {
      in: async (message) => {
        attempts += 1;
        await handle(message, attempts);
        return done;
      },
    },
  });
}

describe('a TinySignal', () => {
  it('is claimed, delivered once, and says so', async () => {
    await using cluster = await TestCluster.start();
    const received: unknown[] = [];
    const module = await cluster.startModule('alpha', [
      createProbe((message) => void received.push(message)),
    ]);
    await cluster.createNode('target', { module: 'alpha', component: 'probe' });
    await cluster.createSignal('go', { node: 'target', port: 'in', data: { n: 1 } });
    const { status } = await cluster.ended('go');
    expect(status).toMatchObject({
      phase: 'Delivered',
      attempts: 1,
      holder: module.addresses['identity'],
      message: '',
    });
    expect(status?.conditions).toMatchObject([{ type: 'Complete', status: 'True', reason: 'Delivered' }]);
    expect(received).toEqual([{ n: 1 }]);
  });

  it('sends {} when it has no data', async () => {
    await using cluster = await TestCluster.start();
    const received: unknown[] = [];
    await cluster.startModule('alpha', [createProbe((message) => void received.push(message))]);
    await cluster.createNode('target', { module: 'alpha', component: 'probe' });
    await cluster.createSignal('go', { node: 'target', port: 'in' });
    await cluster.ended('go');
    expect(received).toEqual([{}]);
  });

  it('ends Failed with the error of the handler, and is not tried again', async () => {
    await using cluster = await TestCluster.start();
    const probe = createProbe(() => {
      throw new TinyError('Transient', 'alpha.BUSY', 'come back later');
    });
    await cluster.startModule('alpha', [probe]);
    await cluster.createNode('target', { module: 'alpha', component: 'probe' });
    await cluster.createSignal('go', { node: 'target', port: 'in' });
    const { status } = await cluster.ended('go');
    expect(status).toMatchObject({
      phase: 'Failed',
      attempts: 1,
      message: 'come back later',
      conditions: [{ reason: 'AlphaBusy', status: 'False' }],
    });
  });

  it('is tried again as often as backoffLimit says when the failure is Transient', async () => {
    await using cluster = await TestCluster.start();
    const probe = createProbe((_message, attempt) => {
      if (attempt === 1) throw new TinyError('Transient', 'alpha.BUSY', 'come back later');
    });
    await cluster.startModule('alpha', [probe]);
    await cluster.createNode('target', { module: 'alpha', component: 'probe' });
    await cluster.createSignal('go', { node: 'target', port: 'in', backoffLimit: 2 });
    expect((await cluster.ended('go')).status).toMatchObject({ phase: 'Delivered', attempts: 2 });
  });

  it('is not tried again when the failure is of another kind, whatever backoffLimit says', async () => {
    await using cluster = await TestCluster.start();
    let runs = 0;
    const probe = createProbe((message) => {
      runs += 1;
      const { kind } = message as { kind: ErrorKind };
      throw new TinyError(kind, 'alpha.NO', `it is ${kind}`);
    });
    await cluster.startModule('alpha', [probe]);
    await cluster.createNode('target', { module: 'alpha', component: 'probe' });
    const kinds = ['Permanent', 'Timeout', 'Overloaded', 'Cancelled'] as const;
    for (const kind of kinds) {
      const name = kind.toLowerCase();
      await cluster.createSignal(name, { node: 'target', port: 'in', data: { kind }, backoffLimit: 5 });
    }
    for (const kind of kinds) {
      const { status } = await cluster.ended(kind.toLowerCase());
      expect(status).toMatchObject({ phase: 'Failed', attempts: 1, message: `it is ${kind}` });
    }
    expect(runs).toBe(kinds.length);
  });

  it('ends Failed when its timeout passes, though the handler hangs', async () => {
    await using cluster = await TestCluster.start();
    await cluster.startModule('alpha', [createProbe(() => new Promise(() => undefined))]);
    await cluster.createNode('target', { module: 'alpha', component: 'probe' });
    const spec = { node: 'target', port: 'in', timeoutSeconds: 1, backoffLimit: 3 };
    await cluster.createSignal('go', spec);
    expect((await cluster.ended('go')).status).toMatchObject({
      phase: 'Failed',
      attempts: 1,
      conditions: [{ reason: 'DeadlineExceeded' }],
    });
  });

  it('that a dead replica had claimed ends Failed as HolderLost', async () => {
    await using cluster = await TestCluster.start();
    await cluster.createNode('target', { module: 'alpha', component: 'probe' });
    const signal = await cluster.createSignal('orphan', { node: 'target', port: 'in' });
    const claim = { status: { phase: 'Delivering', attempts: 1, holder: 'alpha-0-dead' } };
    await cluster.signals.patch(
      'orphan',
      { metadata: { resourceVersion: signal.metadata.resourceVersion }, ...claim },
      { subresource: 'status' },
    );
    const received: unknown[] = [];
    await cluster.startModule('alpha', [createProbe((message) => void received.push(message))]);
    expect((await cluster.ended('orphan')).status).toMatchObject({
      phase: 'Failed',
      conditions: [{ reason: 'HolderLost' }],
    });
    expect(received).toEqual([]);
  });

  it('that was claimed as often as backoffLimit allows ends Failed as HolderLost', async () => {
    await using cluster = await TestCluster.start();
    await cluster.createNode('target', { module: 'alpha', component: 'probe' });
    const signal = await cluster.createSignal('orphan', { node: 'target', port: 'in', backoffLimit: 1 });
    const { resourceVersion } = signal.metadata;
    const status = { phase: 'Delivering', attempts: 2, holder: 'alpha-0-dead' };
    await cluster.signals.patch(
      'orphan',
      { metadata: { resourceVersion }, status },
      { subresource: 'status' },
    );
    const received: unknown[] = [];
    await cluster.startModule('alpha', [createProbe((message) => void received.push(message))]);
    expect((await cluster.ended('orphan')).status).toMatchObject({
      phase: 'Failed',
      attempts: 2,
      conditions: [{ reason: 'HolderLost' }],
    });
    expect(received).toEqual([]);
  });

  it('that a dead replica had claimed is delivered again where backoffLimit allows it', async () => {
    await using cluster = await TestCluster.start();
    await cluster.createNode('target', { module: 'alpha', component: 'probe' });
    const signal = await cluster.createSignal('orphan', { node: 'target', port: 'in', backoffLimit: 1 });
    const claim = { status: { phase: 'Delivering', attempts: 1, holder: 'alpha-0-dead' } };
    await cluster.signals.patch(
      'orphan',
      { metadata: { resourceVersion: signal.metadata.resourceVersion }, ...claim },
      { subresource: 'status' },
    );
    await cluster.startModule('alpha', [createProbe(() => undefined)]);
    expect((await cluster.ended('orphan')).status).toMatchObject({ phase: 'Delivered', attempts: 2 });
  });

  it('for a node that does not exist ends Failed as NodeNotFound', async () => {
    await using cluster = await TestCluster.start();
    await cluster.startModule('alpha', []);
    await cluster.createSignal('lost', { node: 'nobody', port: 'in', timeoutSeconds: 1 });
    expect((await cluster.ended('lost')).status).toMatchObject({
      phase: 'Failed',
      conditions: [{ reason: 'NodeNotFound' }],
    });
  });

  it('for a node whose module is not installed ends Failed as ModuleNotFound', async () => {
    await using cluster = await TestCluster.start();
    await cluster.startModule('alpha', []);
    await cluster.createNode('foreign', { module: 'missing', component: 'any' });
    await cluster.createSignal('lost', { node: 'foreign', port: 'in', timeoutSeconds: 1 });
    expect((await cluster.ended('lost')).status).toMatchObject({
      phase: 'Failed',
      conditions: [{ reason: 'ModuleNotFound' }],
    });
  });

  it('goes away after its time to live, however it ended', async () => {
    await using cluster = await TestCluster.start();
    const probe = createProbe((message) => {
      if ((message as { fails?: boolean }).fails === true) throw new Error('as asked');
    });
    await cluster.startModule('alpha', [probe]);
    await cluster.createNode('target', { module: 'alpha', component: 'probe' });
    const spec = { node: 'target', port: 'in', ttlSecondsAfterFinished: 2 };
    await cluster.createSignal('delivered', spec);
    await cluster.createSignal('failed', { ...spec, data: { fails: true } });
    await cluster.createSignal('stray', { ...spec, node: 'nobody', timeoutSeconds: 1 });
    await cluster.createSignal('kept', { node: 'target', port: 'in' });
    expect((await cluster.ended('delivered')).status?.phase).toBe('Delivered');
    expect((await cluster.ended('failed')).status?.phase).toBe('Failed');
    expect((await cluster.ended('stray')).status?.phase).toBe('Failed');
    const names = async () => (await cluster.signals.list()).items.map(({ metadata }) => metadata.name);
    await eventually(async () => expect(await names()).toEqual(['kept']), { timeoutMs: 10_000 });
  });

  it('keeps the trace it was given', async () => {
    await using cluster = await TestCluster.start();
    await cluster.startModule('alpha', [createProbe(() => undefined)]);
    await cluster.createNode('target', { module: 'alpha', component: 'probe' });
    const traceID = '0af7651916cd43dd8448eb211c80319c';
    await cluster.createSignal('traced', { node: 'target', port: 'in', traceID });
    expect((await cluster.ended('traced')).status).toMatchObject({ phase: 'Delivered', traceID });
  });

  it('cannot change where it goes', async () => {
    await using cluster = await TestCluster.start();
    await cluster.createSignal('fixed', { node: 'a', port: 'in' });
    await expect(cluster.signals.patch('fixed', { spec: { node: 'b' } })).rejects.toMatchObject({
      code: 422,
    });
  });

  it('presses the button of a control, which no edge can reach', async () => {
    await using cluster = await TestCluster.start();
    const pressed: unknown[] = [];
    const button = statefulComponent({
      name: 'button',
      description: 'Has a button.',
      ports: { out: output(z.unknown()) },
      control: { schema: z.object({ press: z.boolean().meta({ format: 'button' }) }) },
      create: () => ({
        on: {},
        submit: (submission) => {
          pressed.push(submission);
          return done;
        },
      }),
    });
    await cluster.startModule('alpha', [button]);
    await cluster.createNode('b', { module: 'alpha', component: 'button' });
    await cluster.createSignal('press', { node: 'b', port: '_control', data: { press: true } });
    expect((await cluster.ended('press')).status).toMatchObject({ phase: 'Delivered' });
    expect(pressed).toEqual([{ press: true }]);
    const schema = { properties: { press: { type: 'boolean', format: 'button' } } };
    expect((await cluster.modules.get('alpha')).status?.components).toMatchObject([
      { ports: [{ name: '_control', source: false, schema }, { name: 'out' }] },
    ]);
    const edge = { id: 'x', port: 'out', to: 'b', toPort: '_control' };
    await expect(
      cluster.createNode('c', { module: 'alpha', component: 'button', edges: [edge] }),
    ).rejects.toMatchObject({ code: 422 });
  });
});
