/** What a `door` is ordered to do: `count` calls with the numbers from `from` on, so many at once. */
export interface Order {
  readonly from: number;
  readonly count: number;
  readonly atOnce: number;
  /** `once`: an edge of one attempt; `again`: one that tries again. */
  readonly port: 'once' | 'again';
  /** How long the worker takes, milliseconds. */
  readonly holdMs: number;
  /** How long a call may take, milliseconds; default 30 s. */
  readonly timeoutMs?: number;
  /** Makes the message larger. */
  readonly text?: string;
}

/** How one call ended: with the name of the replica that answered, or with an error. */
export interface Outcome {
  readonly n: number;
  /** When it was made, on the clock of all processes of the machine. */
  readonly startedMs: number;
  readonly tookMs: number;
  readonly by?: string;
  /** Of the `TinyError`; `none` when it was no TinyError. */
  readonly kind?: string;
  readonly code?: string;
  readonly text?: string;
}
