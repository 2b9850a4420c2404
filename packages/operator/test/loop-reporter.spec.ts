import { FakeClock } from '@tinysystems/core/testing';
import { LoopReporter, type LoopReporterOptions } from '../src/loop-reporter.ts';

describe('LoopReporter', () => {
  it('names the first node that was blamed, in an Event on it', async () => {
    const test = start();
    test.reporter.blame('first');
    test.reporter.blame('second');
    await test.turnAgain(61_234);

    expect(test.events).toEqual([
      [
        'first',
        'Warning',
        'EventLoopBlocked',
        expect.stringMatching('node first blocked the event loop for 61.2 s'),
      ],
    ]);
    expect(test.logged).toEqual([{ node: 'first', durationMs: 61_234 }]);
  });

  it('tells of the module when it was no handler, and forgets whom it has named', async () => {
    const test = start();
    test.reporter.blame('first');
    await test.turnAgain(3_000);
    await test.turnAgain(2_000);

    expect(test.events.map(([name]) => name)).toEqual(['first', 'alpha']);
  });

  it('says nothing any more once it has ended', async () => {
    const test = start();
    test.end();
    await test.turnAgain(3_000);

    expect(test.events).toEqual([]);
  });
});

function start() {
  const clock = new FakeClock();
  const events: unknown[][] = [];
  const logged: object[] = [];
  const listeners = new Set<(durationMs: number) => void>();
  const lister = { get: (_: string, name: string) => ({ metadata: { name } }) };
  const reporter = new LoopReporter({
    control: {
      isBlocked: false,
      onUnblocked: (listener: (durationMs: number) => void) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    caches: { nodes: { lister }, modules: { lister } },
    namespace: 'default',
    module: { name: 'alpha', version: '0.1.0', sdkVersion: '0.1.0' },
    recorder: {
      event: (
        { metadata }: { metadata: { name: string } },
        { type, reason, message }: { type: string; reason: string; message: string },
      ) => events.push([metadata.name, type, reason, message]),
    },
    clock,
    log: { warn: (fields: object) => logged.push(fields) },
  } as unknown as LoopReporterOptions);
  const end = reporter.start();
  return {
    reporter,
    events,
    logged,
    end,
    async turnAgain(durationMs: number) {
      for (const listener of listeners) listener(durationMs);
      await clock.advance(1000);
    },
  };
}
