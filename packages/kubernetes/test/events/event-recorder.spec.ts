import { EventRecorder } from '../../src/events/event-recorder.ts';
import { silentLogger } from '../../src/logger.ts';
import type { Event } from '../../src/events/event.ts';
import { FakeClock, settle } from '../fake-clock.ts';
import { FakeCluster, refusal } from '../fake-cluster.ts';
import { RecordingMetrics } from '../recording-metrics.ts';
import { widget } from '../widget.ts';

const PULLED = { type: 'Normal', reason: 'Pulled', message: 'the image is here' } as const;

describe('EventRecorder', () => {
  it('writes what happened to an object', async () => {
    await using test = start();
    test.recorder.event(widget('a', 5), PULLED);
    await settle();

    expect(test.events()).toMatchObject([
      {
        ...PULLED,
        involvedObject: {
          apiVersion: 'example.com/v1',
          kind: 'Widget',
          name: 'a',
          namespace: 'default',
          uid: 'uid-a',
          resourceVersion: '5',
        },
        count: 1,
        firstTimestamp: '2030-01-01T00:00:00Z',
        source: { component: 'widget-operator', host: 'pod-1' },
        reportingComponent: 'widget-operator',
        reportingInstance: 'pod-1',
      },
    ]);
  });

  it('counts repetitions instead of writing each', async () => {
    await using test = start();
    for (let times = 0; times < 100; times += 1) {
      test.recorder.event(widget('a', 5), PULLED);
      await test.clock.advance(100);
    }
    await test.clock.advance(5_000);

    expect(test.events()).toMatchObject([{ count: 100, lastTimestamp: '2030-01-01T00:00:09Z' }]);
    expect(test.cluster.calls.length).toBeLessThanOrEqual(4);
  });

  it('keeps different objects, reasons and messages apart', async () => {
    await using test = start();
    test.recorder.event(widget('a', 5), PULLED);
    test.recorder.event(widget('b', 5), PULLED);
    test.recorder.event(widget('a', 5), { ...PULLED, reason: 'Other' });
    test.recorder.event(widget('a', 5), { ...PULLED, message: 'other' });
    await settle();

    expect(test.events()).toHaveLength(4);
  });

  it('begins another series when the last repetition is more than 10 minutes ago', async () => {
    await using test = start();
    test.recorder.event(widget('a', 5), PULLED);
    await test.clock.advance(599_000);
    test.recorder.event(widget('a', 5), PULLED);
    await test.clock.advance(601_000);
    test.recorder.event(widget('a', 5), PULLED);
    await test.clock.advance(5_000);

    expect(test.events()).toMatchObject([
      { count: 2, firstTimestamp: '2030-01-01T00:00:00Z' },
      { count: 1, firstTimestamp: '2030-01-01T00:20:00Z' },
    ]);
  });

  it('tells many events that differ in their message alone as one, with the latest message', async () => {
    await using test = start();
    for (let at = 1; at <= 15; at += 1) {
      test.recorder.event(widget('a', 5), { ...PULLED, message: `attempt ${at}` });
      await settle();
    }
    await test.clock.advance(5_000);

    expect(test.events()).toHaveLength(11);
    expect(test.events().at(-1)).toMatchObject({
      count: 5,
      message: '(combined from similar events): attempt 15',
    });
  });

  it('tells them one by one again after 10 quiet minutes', async () => {
    await using test = start();
    for (let at = 1; at <= 11; at += 1)
      test.recorder.event(widget('a', 5), { ...PULLED, message: `attempt ${at}` });
    await test.clock.advance(601_000);
    test.recorder.event(widget('a', 5), { ...PULLED, message: 'another' });
    await settle();

    expect(test.events().at(-1)).toMatchObject({ message: 'another', count: 1 });
  });

  it('says once a minute that it drops events, and counts them all', async () => {
    await using test = start();
    const drop = (count: number) => {
      for (let at = 0; at < count; at += 1)
        test.recorder.event(widget('a', 5), { ...PULLED, reason: `Reason${at}` });
    };
    drop(60);
    expect(test.warnings).toEqual(['event dropped; others of the next minute are only counted']);
    await test.clock.advance(59_999);
    drop(60);
    expect(test.warnings).toHaveLength(1);
    await test.clock.advance(1);
    for (const reason of ['Late', 'Later']) test.recorder.event(widget('a', 5), { ...PULLED, reason });

    expect(test.warnings).toHaveLength(2);
    expect(test.metrics.count('event_recorder_dropped_total', { reason: 'spam' })).toBeGreaterThan(35);
  });

  it('writes at most 25 events about one object at once, then one every 5 minutes, and others as before', async () => {
    await using test = start();
    for (let at = 0; at < 60; at += 1)
      test.recorder.event(widget('a', 5), { ...PULLED, reason: `Reason${at}` });
    test.recorder.event(widget('b', 5), PULLED);
    await test.clock.advance(1_000);
    expect(test.events()).toHaveLength(26);
    expect(test.metrics.count('event_recorder_dropped_total', { reason: 'spam' })).toBe(35);

    await test.clock.advance(300_000);
    for (const reason of ['One', 'Two']) test.recorder.event(widget('a', 5), { ...PULLED, reason });
    await settle();

    expect(test.events()).toHaveLength(27);
  });

  it('still counts repetitions that it may not write yet', async () => {
    await using test = start();
    test.recorder.event(widget('a', 5), PULLED);
    for (let at = 0; at < 40; at += 1)
      test.recorder.event(widget('a', 5), { ...PULLED, reason: `Reason${at}` });
    await test.clock.advance(5_000);
    for (let times = 0; times < 7; times += 1) test.recorder.event(widget('a', 5), PULLED);
    await test.clock.advance(300_000);
    test.recorder.event(widget('a', 5), PULLED);
    await test.clock.advance(5_000);

    expect(test.events()[0]).toMatchObject({ ...PULLED, count: 9 });
  });

  it('writes an event anew when the server has forgotten it', async () => {
    await using test = start();
    test.recorder.event(widget('a', 5), PULLED);
    await settle();
    test.cluster.objects.clear();
    test.recorder.event(widget('a', 5), PULLED);
    await test.clock.advance(5_000);

    expect(test.events()).toMatchObject([{ count: 2 }]);
  });

  it('drops what cannot be written, counts it, and goes on', async () => {
    await using test = start();
    test.cluster.before = () => {
      throw refusal(403, 'Forbidden');
    };
    test.recorder.event(widget('a', 5), PULLED);
    await settle();
    expect(test.metrics.count('event_recorder_dropped_total', { reason: 'refused' })).toBe(1);

    test.cluster.before = () => undefined;
    test.recorder.event(widget('b', 5), PULLED);
    await settle();

    expect(test.events()).toHaveLength(1);
  });

  it('forgets written events to make room for new ones', async () => {
    await using test = start();
    for (let at = 0; at < 1_500; at += 1) {
      test.recorder.event(widget(`w${at}`, 5), PULLED);
      if (at % 100 === 0) await untilWritten(test, at + 1);
    }
    await untilWritten(test, 1_500);

    expect(test.metrics.count('event_recorder_dropped_total')).toBe(0);
  });

  it('remembers at most 1000 events while the server hangs', async () => {
    await using test = start();
    test.cluster.before = async (_call, signal) => {
      await new Promise((resolve) => signal?.addEventListener('abort', resolve, { once: true }));
    };
    for (let at = 0; at < 1_500; at += 1) test.recorder.event(widget(`w${at}`, 5), PULLED);
    await settle();

    expect(test.metrics.count('event_recorder_dropped_total', { reason: 'overflow' })).toBeGreaterThanOrEqual(
      499,
    );
    test.cluster.before = () => {
      throw refusal(503, 'ServiceUnavailable');
    };
    await test.clock.advance(5_000);
  });

  it('writes what is left when it is disposed, and nothing after', async () => {
    const test = start();
    test.recorder.event(widget('a', 5), PULLED);
    await settle();
    test.recorder.event(widget('a', 5), PULLED);
    await test.recorder[Symbol.asyncDispose]();
    expect(test.events()).toMatchObject([{ count: 2 }]);

    test.recorder.event(widget('b', 5), PULLED);
    await test.recorder[Symbol.asyncDispose]();

    expect(test.events()).toHaveLength(1);
    expect(test.clock.pendingTimers).toBe(0);
  });

  it('cuts what the server would refuse as too long', async () => {
    await using test = start();
    test.recorder.event(widget('a', 5), {
      type: 'Warning',
      reason: 'R'.repeat(200),
      message: 'm'.repeat(5_000),
    });
    await settle();

    expect(test.events()[0]?.reason).toHaveLength(128);
    expect(test.events()[0]?.message).toHaveLength(1_024);
  });
});

async function untilWritten(test: ReturnType<typeof start>, count: number): Promise<void> {
  for (let turn = 0; turn < 1_000 && test.events().length < count; turn += 1) await settle();
  expect(test.events()).toHaveLength(count);
}

function start() {
  const clock = new FakeClock();
  const cluster = new FakeCluster();
  const metrics = new RecordingMetrics();
  const warnings: string[] = [];
  const recorder = new EventRecorder({
    client: cluster.client(),
    component: 'widget-operator',
    instance: 'pod-1',
    clock,
    metrics,
    logger: { ...silentLogger, warn: (_fields, message) => warnings.push(message) },
  });
  return {
    warnings,
    clock,
    cluster,
    metrics,
    recorder,
    events: () => [...cluster.objects.values()] as Event[],
    [Symbol.asyncDispose]: () => recorder[Symbol.asyncDispose](),
  };
}
