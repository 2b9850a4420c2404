/** One row of `.bench/results.json`. */
export interface Result {
  readonly name: string;
  readonly value: number;
  /** Rates per second, times in ms, memory in MiB. */
  readonly unit: 'hops/s' | 'requests/s' | 'calls/s' | 'events/s' | 'ms' | 'MiB';
  /** What it is compared with; `null`: nothing. */
  readonly reference: string | null;
  readonly referenceValue: number | null;
  /** Times better than the reference: above 1 is better. */
  readonly ratio: number | null;
  /** Milliseconds. */
  readonly p50: number | null;
  readonly p99: number | null;
  readonly command: string;
  /** ISO 8601. */
  readonly date: string;
}

/** What a benchmark measures; the runner adds command and date. */
export type Measured = Omit<Result, 'command' | 'date'>;

/** A benchmark: it has a name to choose it by, and gives one row or more. */
export interface Benchmark {
  readonly name: string;
  run(): Promise<readonly Measured[]>;
}

/** The middle one. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The value below which that share of the values lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
