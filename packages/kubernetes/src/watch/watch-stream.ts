import { ApiError, apiErrorFromStatus } from '../client/api-error.ts';
import type { JsonCodec } from '../client/json-codec.ts';
import { UnreachableError } from '../client/unreachable-error.ts';
import type { KubeObject } from '../object.ts';
import { GarbledWatchError } from './garbled-watch-error.ts';
import { readLines } from './lines.ts';
import type { WatchEvent } from './watch-event.ts';

/** Servers store objects of at most 1.5 MiB by default; what goes far beyond is no event. */
const MAX_EVENT_BYTES = 4 * 1024 * 1024;

/** The watch the bytes belong to. */
export interface WatchStreamContext {
  /** For messages, e.g. `watch of /api/v1/pods`. */
  readonly request: string;
  /** Reads the lines. */
  readonly codec: JsonCodec;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads the events of an open watch, one JSON value a line.
 *
 * @throws ApiError for an ERROR event, GarbledWatchError for a line that is no event, UnreachableError when the
 * connection breaks, the signal's reason when it aborts.
 */
export async function* readWatchEvents<T extends KubeObject>(
  bytes: AsyncIterable<Uint8Array>,
  context: WatchStreamContext,
): AsyncGenerator<WatchEvent<T>, void, undefined> {
  try {
    for await (const line of readLines(bytes, MAX_EVENT_BYTES)) {
      if (line.trim() !== '') yield eventFrom<T>(line, context);
    }
  } catch (error) {
    if (context.signal?.aborted) throw context.signal.reason;
    if (ApiError.is(error) || GarbledWatchError.is(error)) throw error;
    throw new UnreachableError(context.request, error);
  }
}

function eventFrom<T extends KubeObject>(
  line: string,
  { request, codec }: WatchStreamContext,
): WatchEvent<T> {
  const event = parse(line, codec);
  if (event?.type === 'ERROR') throw apiErrorFromStatus(event.object ?? {}, { request });
  if (!isWatchEvent<T>(event)) {
    throw new GarbledWatchError(
      `The ${request} sent ${JSON.stringify(line.slice(0, 80))}, which is no watch event.`,
    );
  }
  return event;
}

interface Line {
  readonly type?: unknown;
  readonly object?: unknown;
}

function parse(line: string, codec: JsonCodec): Line | undefined {
  try {
    const value = codec.parse(line);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined; // The caller reports the line.
  }
}

const TYPES: readonly unknown[] = ['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK'];

function isWatchEvent<T extends KubeObject>(value: Line | undefined): value is WatchEvent<T> {
  const metadata = (value?.object as Partial<KubeObject> | undefined | null)?.metadata;
  return TYPES.includes(value?.type) && typeof metadata?.resourceVersion === 'string';
}
