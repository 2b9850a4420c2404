import { RecentMap } from './recent-map.ts';

/** As in client-go: so many different messages of one kind within so long are told as one from then on. */
const MAX_MESSAGES = 10;
const WINDOW_MS = 600_000;
const MAX_KINDS = 1_000;

interface Kind {
  readonly messages: Set<string>;
  lastMs: number;
}

/** Finds events that differ in their message alone, such as one that holds a counter. */
export class SimilarEvents {
  readonly #kinds = new RecentMap<Kind>(MAX_KINDS);

  /** Whether a message of this kind is one too many, and is to be told together with the others. */
  isOneOfMany(kind: string, message: string, nowMs: number): boolean {
    const similar = this.#kinds.use(kind, () => ({ messages: new Set(), lastMs: nowMs }));
    if (nowMs - similar.lastMs > WINDOW_MS) similar.messages.clear();
    similar.lastMs = nowMs;
    if (similar.messages.has(message)) return false;
    if (similar.messages.size >= MAX_MESSAGES) return true;
    similar.messages.add(message);
    return false;
  }
}
