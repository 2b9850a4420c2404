import { type Json, type Message, TinyError, systemClock } from '@tinysystems/core';
import { encodeJson } from '../src/codec.ts';
import { Replica, connectionTo, messageTo } from './replica.ts';

const CALLS = 20_000;
const WORKERS = 256;
const MAX_TEXT = 1024 * 1024;

/** Numbers that look random and are the same in every run. */
function createRandom(seed: number) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

type Plan = { readonly n: number; readonly kind: Kind; readonly text: string; readonly delay: number };
type Kind = 'reply' | 'nothing' | 'fail' | 'hang' | 'leave';

function createPlan(n: number, random: () => number): Plan {
  const share = random();
  const kind: Kind =
    share < 0.7 ? 'reply' : share < 0.78 ? 'nothing' : share < 0.9 ? 'fail' : share < 0.93 ? 'hang' : 'leave';
  // Mostly short, a few very long.
  const length = n % 500 === 0 ? MAX_TEXT : n % 7 === 0 ? 0 : Math.floor(MAX_TEXT * random() ** 80);
  return { n, kind, text: 'x'.repeat(length), delay: random() < 0.5 ? 0 : Math.floor(random() * 4) };
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

describe('a stream under random load', () => {
  it('answers each of 20,000 calls once, and rightly', async () => {
    const runs = new Map<number, number>();
    const deliver = async ({ data }: Message): Promise<Json | undefined> => {
      const plan = data as unknown as Plan;
      runs.set(plan.n, (runs.get(plan.n) ?? 0) + 1);
      replica.received.length = 0; // they are large
      await turns(plan.delay);
      if (plan.kind === 'hang' || plan.kind === 'leave') await new Promise(() => undefined);
      if (plan.kind === 'fail')
        throw new TinyError('Overloaded', 'test.SAD', `${plan.n}`, { retryAfterMs: plan.n });
      return plan.kind === 'nothing' ? undefined : `${plan.n}:${plan.text}`;
    };
    await using replica = await Replica.start(deliver);
    const connection = connectionTo(replica);
    const random = createRandom(42);

    /** What came back, as one word; what the model says should. */
    const outcomeOf = async (plan: Plan): Promise<string> => {
      const abort = new AbortController();
      const timeoutMs = plan.kind === 'hang' ? 1 + plan.delay * 20 : 60_000;
      const data = { ...plan } satisfies Json;
      const message = messageTo('a', systemClock, { data, deadlineMs: systemClock.now() + timeoutMs });
      const answer = connection.call(
        message,
        encodeJson(data, () => 'it'),
        abort.signal,
      );
      if (plan.kind === 'leave') void turns(plan.delay).then(() => abort.abort());
      try {
        const { text: reply } = await answer;
        return reply === ''
          ? 'nothing'
          : reply === JSON.stringify(`${plan.n}:${plan.text}`)
            ? 'reply'
            : 'wrong';
      } catch (error) {
        if (!TinyError.is(error)) return String(error);
        const isOwn =
          error.code === 'test.SAD' && error.message === `${plan.n}` && error.retryAfterMs === plan.n;
        return isOwn ? 'fail' : error.kind;
      }
    };
    const expected: Readonly<Record<Kind, string>> = {
      reply: 'reply',
      nothing: 'nothing',
      fail: 'fail',
      hang: 'Timeout',
      leave: 'Cancelled',
    };

    let [next, most] = [0, 0];
    const wrong: unknown[] = [];
    const plans = new Map<number, Kind>();
    const worker = async () => {
      while (next < CALLS) {
        const plan = createPlan((next += 1), random);
        plans.set(plan.n, plan.kind);
        const outcome = outcomeOf(plan);
        most = Math.max(most, connection.inFlight);
        if ((await outcome) !== expected[plan.kind])
          wrong.push([plan.n, plan.kind, plan.text.length, await outcome]);
      }
    };
    await Promise.all(Array.from({ length: WORKERS }, worker));
    expect(wrong).toEqual([]);
    expect([plans.size, most, connection.inFlight]).toEqual([CALLS, WORKERS, 0]);
    for (const [n, kind] of plans) {
      const count = runs.get(n) ?? 0;
      // Who leaves or runs out of time may do so before the call is begun.
      const isRight = kind === 'leave' || kind === 'hang' ? count <= 1 : count === 1;
      if (!isRight) wrong.push([n, kind, `${count} runs`]);
    }
    expect(wrong).toEqual([]);
    // Nothing is left in work: the stop has nothing to wait for.
    const startedMs = performance.now();
    connection.retire();
    await replica.server.stop(30_000);
    expect(performance.now() - startedMs).toBeLessThan(10_000);
  }, 120_000);
});
