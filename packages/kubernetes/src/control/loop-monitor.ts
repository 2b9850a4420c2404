import type { Clock } from '../clock.ts';
import type { SharedFlag } from './shared-flag.ts';
import type { SharedTimes } from './shared-times.ts';

/** How often the main loop says that it turns, and how often that is looked at. */
export const BEAT_MS = 500;
/** A loop that has not turned for so long is blocked. */
export const BLOCKED_AFTER_MS = 2_000;
/** A loop that was blocked counts as free again after it has turned for so long. */
const CALM_MS = 1_000;

/** What a {@link LoopMonitor} is made of. */
export interface LoopMonitorOptions {
  /** Cell 0: when the watched loop last turned. */
  readonly beat: SharedTimes;
  /** The watched loop is blocked. It sets this back itself as soon as it turns. */
  readonly blocked: SharedFlag;
  /** The watched loop turns again. */
  readonly onUnblocked: (durationMs: number) => void;
  readonly clock: Clock;
}

/** Watches the event loop of another thread. What both have slept through, as in a paused process, does not count. */
export class LoopMonitor {
  readonly #options: LoopMonitorOptions;
  /** When this loop turned after a pause of the whole process. */
  #resumedMs = 0;
  #blockedSinceMs: number | undefined;
  #freeSinceMs = Number.NEGATIVE_INFINITY;

  constructor(options: LoopMonitorOptions) {
    this.#options = options;
  }

  /** How long the watched loop has not turned. */
  get silentMs(): number {
    const { beat, clock } = this.#options;
    return Math.max(0, clock.monotonicMs() - Math.max(beat.get(0), this.#resumedMs));
  }

  /** False while the watched loop is blocked, and for a second after that. */
  get isResponsive(): boolean {
    if (this.#blockedSinceMs !== undefined || this.silentMs >= BLOCKED_AFTER_MS) return false;
    return this.#options.clock.monotonicMs() - this.#freeSinceMs >= CALM_MS;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    let lookedMs = clock.monotonicMs();
    while (!signal.aborted) {
      await clock.sleep(BEAT_MS, signal).catch(() => undefined); // Aborted.
      const nowMs = clock.monotonicMs();
      if (nowMs - lookedMs >= BLOCKED_AFTER_MS) this.#resumedMs = nowMs;
      lookedMs = nowMs;
      this.#look(nowMs);
    }
  }

  #look(nowMs: number): void {
    const { beat, blocked, onUnblocked } = this.#options;
    if (this.silentMs >= BLOCKED_AFTER_MS) {
      this.#blockedSinceMs ??= beat.get(0);
      blocked.set(true);
    } else if (this.#blockedSinceMs !== undefined) {
      const durationMs = beat.get(0) - this.#blockedSinceMs;
      this.#blockedSinceMs = undefined;
      this.#freeSinceMs = nowMs;
      onUnblocked(durationMs);
    }
  }
}
