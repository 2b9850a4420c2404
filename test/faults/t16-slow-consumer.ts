import assert from 'node:assert/strict';
import { HttpConnection, httpRequest } from '../load/http-connection.ts';
import { type LoadResult, offer } from '../load/http-load.ts';
import { LoadedModule } from '../load/loaded-module.ts';
import type { Fault } from './fault.ts';
import { percentile } from './replicas.ts';

/** How often the producer sends. */
const PER_SECOND = 300;
const BODY_BYTES = 16 * 1024;
const MAX_GROWTH_MIB = 64;

export const slowConsumer: Fault = {
  id: 'T16',
  title: 'a node takes one message a second, and its trigger gets three hundred',
  target: `memory grows by less than ${MAX_GROWTH_MIB} MiB, the trigger answers 429, and another flow of the process is answered within twice its time`,
  async run(scale) {
    await using module = await LoadedModule.start([
      { name: 'slow', waitMs: 1000, concurrency: { max: 1, queue: scale.of(64, 1024) } },
      { name: 'quick' },
    ]);
    const port = await module.portOf('slow');
    const quick = await module.portOf('quick');
    const request = httpRequest(BODY_BYTES);
    const flood = (durationMs: number): Promise<LoadResult> =>
      offer({ port, request, durationMs, perSecond: PER_SECOND, maxConnections: 4_000 });
    const durationMs = scale.of(5_000, 1_800_000);

    await timesOf(quick, scale.of(1_000, 5_000));
    const aloneMs = await timesOf(quick, scale.of(2_000, 20_000));
    const beforeMiB = await module.settledMiB(() => flood(scale.of(3_000, 20_000)));
    const [flooded, besideMs] = await Promise.all([flood(durationMs), timesOf(quick, durationMs)]);
    const afterMiB = await module.rssMiB();

    const refused = flooded.counts.get(429) ?? 0;
    assert.ok(refused > 0, `no request was answered 429: ${JSON.stringify([...flooded.counts])}`);
    const others = [...flooded.counts.keys()].filter((status) => ![200, 429, 504].includes(status));
    assert.deepEqual(others, [], 'other answers than 200, 429 and 504');
    const growthMiB = Math.round(afterMiB - beforeMiB);
    assert.ok(growthMiB < MAX_GROWTH_MIB, `memory went from ${beforeMiB} to ${afterMiB} MiB`);
    const [aloneP99Ms, besideP99Ms] = [percentile(aloneMs, 0.99), percentile(besideMs, 0.99)];
    // Below a few milliseconds it is the machine's scheduler that is measured.
    const limitMs = scale.of(1_000, Math.max(2 * aloneP99Ms, 10));
    assert.ok(besideP99Ms <= limitMs, `the other flow's p99 went from ${aloneP99Ms} to ${besideP99Ms} ms`);
    const answered = flooded.counts.get(200) ?? 0;
    return { answered, refused, late: flooded.counts.get(504) ?? 0, growthMiB, aloneP99Ms, besideP99Ms };
  },
};

/** How long single requests take, one after the other, milliseconds. */
async function timesOf(port: number, durationMs: number): Promise<readonly number[]> {
  using connection = await HttpConnection.open(port);
  const timesMs: number[] = [];
  const endMs = performance.now() + durationMs;
  while (performance.now() < endMs) {
    const { status, tookMs } = await connection.send(httpRequest());
    assert.equal(status, 200, 'the answer of the other flow');
    timesMs.push(tookMs);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return timesMs;
}
