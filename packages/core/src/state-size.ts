import { TinyError } from './errors.ts';

/** The state of a node whose component asks for no more, keys and values, bytes. */
export const DEFAULT_STATE_BYTES = 64 * 1024;
/** The most that a component may ask for, bytes: the API server stores no object beyond 1.5 MiB, and a node is more than its state. */
export const MAX_STATE_BYTES = 900_000;

/** A key that is set in a state, and what the state would be with it. */
export interface StateChange {
  readonly node: string;
  readonly key: string;
  /** `null` where a key is deleted. */
  readonly entries: Iterable<readonly [string, string | null]>;
  readonly maxBytes: number;
}

/** @throws TinyError `Permanent`/`STATE_TOO_LARGE` when the state would have more than its node may keep. */
export function refuseLargeState({ node, key, entries, maxBytes }: StateChange): void {
  let bytes = 0;
  for (const [name, value] of entries) {
    if (value !== null) bytes += Buffer.byteLength(name) + Buffer.byteLength(value);
  }
  if (bytes <= maxBytes) return;
  const text = `the state of node ${node} would have ${bytes} bytes with key ${key}; the limit is ${maxBytes}: keep less, raise maxStateBytes of its component (${MAX_STATE_BYTES} at most), or use a database`;
  throw new TinyError('Permanent', 'STATE_TOO_LARGE', text);
}
