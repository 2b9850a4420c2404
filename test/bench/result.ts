/** One row of `.bench/results.json`. */
export interface Result {
  readonly name: string;
  readonly value: number;
  /** Rates per second, times in ms, memory in MiB or bytes, `share` from 0 to 1. */
  readonly unit:
    | 'bytes'
    | 'hops/s'
    | 'requests/s'
    | 'calls/s'
    | 'events/s'
    | 'evaluations/s'
    | 'ms'
    | 'MiB'
    | 'MiB/min'
    | 'share';
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

/** What {@link lessIsBetter} makes a row of; times are in ms, memory is in MiB. */
export interface LessIsBetter {
  readonly name: string;
  readonly unit: Measured['unit'];
  readonly value: number;
  readonly reference?: { readonly name: string; readonly value: number };
  /** The single times, when the benchmark measured many. */
  readonly timesMs?: readonly number[];
}

/** A row for what should be small. */
export function lessIsBetter({ name, unit, value, reference, timesMs }: LessIsBetter): Measured {
  return {
    name,
    value,
    unit,
    reference: reference?.name ?? null,
    referenceValue: reference?.value ?? null,
    ratio: reference === undefined ? null : reference.value / value,
    p50: timesMs === undefined ? null : quantile(timesMs, 0.5),
    p99: timesMs === undefined ? null : quantile(timesMs, 0.99),
  };
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
