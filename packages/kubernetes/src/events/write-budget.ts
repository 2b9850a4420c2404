import { RecentMap } from './recent-map.ts';

/** As in client-go's spam filter: 25 writes about one object at once, then one every 5 minutes. */
const BURST = 25;
const REFILL_MS = 300_000;
const MAX_OBJECTS = 4_096;

interface Budget {
  left: number;
  atMs: number;
}

/** Limits what is written about each object, so that one that is ill does not crowd out the others. */
export class WriteBudget {
  readonly #budgets = new RecentMap<Budget>(MAX_OBJECTS);

  /** Whether something may be written about an object now; it is counted then. */
  take(object: string, nowMs: number): boolean {
    const budget = this.#budgets.use(object, () => ({ left: BURST, atMs: nowMs }));
    budget.left = Math.min(BURST, budget.left + (nowMs - budget.atMs) / REFILL_MS);
    budget.atMs = nowMs;
    if (budget.left < 1) return false;
    budget.left -= 1;
    return true;
  }
}
