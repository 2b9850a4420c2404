import assert from 'node:assert/strict';
import { httpRequest } from '../load/http-connection.ts';
import { offer, saturate } from '../load/http-load.ts';
import { LoadedModule } from '../load/loaded-module.ts';
import type { Fault } from './fault.ts';
import { percentile } from './replicas.ts';

const TIMES = 10;
/** A short form shares its machine with others, whose load comes and goes. */
const MIN_GOODPUT = { short: 0.2, full: 0.8 };
const MAX_RECOVERY_MS = { short: 30_000, full: 10_000 };
const MAX_GROWTH_MIB = 64;
/** 160 at a time, 200 ms each: some hundred a second, so that the machine can offer ten times as many. */
const WORKER = { name: 'work', waitMs: 200, concurrency: { max: 160, queue: 256 } };

export const overload: Fault = {
  id: 'T17',
  title: 'ten times as many requests come as a flow can answer',
  target: `it goes on answering at least 80 % of what it can, memory grows by less than ${MAX_GROWTH_MIB} MiB, and it answers as before within 10 s`,
  async run(scale) {
    await using module = await LoadedModule.start([WORKER]);
    const port = await module.portOf(WORKER.name);
    const request = httpRequest();
    const steady = (durationMs: number) => saturate({ port, request, durationMs, clients: 320 });
    const flood = (durationMs: number, rated: number) =>
      offer({ port, request, durationMs, perSecond: TIMES * rated, maxConnections: 4_000, drainMs: 30_000 });

    await steady(scale.of(500, 5_000));
    const before = await steady(scale.of(2_000, 10_000));
    const rated = before.goodput;
    const beforeMiB = await module.settledMiB(() => flood(scale.of(3_000, 20_000), rated));
    const during = await flood(scale.of(4_000, 60_000), rated);
    const afterMiB = await module.rssMiB();
    const recoveryMs = await recoveryOf(port, {
      usualMs: 5 * percentile(before.latenciesMs, 0.5),
      maxMs: scale.of(MAX_RECOVERY_MS.short, MAX_RECOVERY_MS.full),
    });

    const others = [...during.counts.keys()].filter((status) => status !== 200 && status !== 429);
    assert.deepEqual(others, [], 'other answers than 200 and 429');
    assert.equal(during.broken, 0, 'connections that ended without an answer');
    const refused = during.counts.get(429) ?? 0;
    assert.ok(refused > 0, 'no request was refused');
    const share = during.goodput / rated;
    const least = scale.of(MIN_GOODPUT.short, MIN_GOODPUT.full);
    assert.ok(share >= least, `it answered ${during.goodput} of ${rated} a second`);
    const growthMiB = Math.round(afterMiB - beforeMiB);
    assert.ok(growthMiB < MAX_GROWTH_MIB, `memory went from ${beforeMiB} to ${afterMiB} MiB`);
    return {
      rated: Math.round(rated),
      goodput: Math.round(during.goodput),
      share: share.toFixed(2),
      refused,
      p99Ms: percentile(during.latenciesMs, 0.99),
      growthMiB,
      recoveryMs,
    };
  },
};

/** How long it takes until a second's requests are all answered, in a time that is usual. */
async function recoveryOf(
  port: number,
  { usualMs, maxMs }: { readonly usualMs: number; readonly maxMs: number },
): Promise<number> {
  const startedMs = performance.now();
  for (;;) {
    const { counts, latenciesMs, broken } = await saturate({
      port,
      request: httpRequest(),
      durationMs: 200,
      clients: 8,
    });
    const isAsBefore = broken === 0 && counts.size === 1 && percentile(latenciesMs, 0.9) <= usualMs;
    const tookMs = Math.round(performance.now() - startedMs);
    if (isAsBefore) return tookMs;
    assert.ok(tookMs < maxMs, `not as before after ${tookMs} ms: ${JSON.stringify([...counts])}`);
  }
}
