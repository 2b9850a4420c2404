import type { Clock } from '@tinysystems/core';

/** How often a stream looks for a sign of life, milliseconds. */
export const BEAT_MS = 5000;
/** A peer that was silent for so many beats is taken for dead: 15 s. */
const SILENT_BEATS = 3;

/** What a heartbeat works with. */
export interface HeartbeatOptions {
  readonly clock: Clock;
  /** Every 5 s while the peer is not silent. */
  readonly onBeat?: () => void;
  /** The peer was silent for 15 s; called once. */
  readonly onSilent: () => void;
}

/**
 * Notices a silent peer. It counts beats, not time: a process that itself stood still for a minute has missed one beat,
 * and finds what its peer sent meanwhile before the next.
 */
export class Heartbeat implements Disposable {
  readonly #options: HeartbeatOptions;
  #silentBeats = 0;
  #takeBack: () => void;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
    this.#takeBack = () => undefined;
  }

  start(): void {
    this.#takeBack = this.#options.clock.after(BEAT_MS, () => this.#beat());
  }

  /** The peer gave a sign of life. */
  heard(): void {
    this.#silentBeats = 0;
  }

  [Symbol.dispose](): void {
    this.#takeBack();
  }

  #beat(): void {
    this.#silentBeats += 1;
    if (this.#silentBeats === SILENT_BEATS) return this.#options.onSilent();
    this.start();
    this.#options.onBeat?.();
  }
}
