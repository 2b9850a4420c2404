import {
  type SignalPhase,
  type TinySignal,
  type TinySignalStatus,
  clipMessage,
  stampConditions,
} from '@tinysystems/api';
import { type Clock, type Log, type TinyError, sleep } from '@tinysystems/core';
import { ApiError, type ResourceClient } from '@tinysystems/kubernetes';
import type { Leadership } from '../resources/leadership.ts';
import { momentOf } from '../resources/status-writer.ts';

const FIRST_RETRY_MS = 20;
const MAX_RETRY_MS = 5000;

/** How a signal ended, in the words of its status. */
export interface SignalEnd {
  readonly phase: Extract<SignalPhase, 'Delivered' | 'Failed'>;
  /** One CamelCase word, or the code of an error. */
  readonly reason: string;
  /** What went wrong; empty when nothing did. */
  readonly message: string;
}

/** The status of a signal that has ended. */
export function endedStatus(
  signal: TinySignal,
  { phase, reason, message }: SignalEnd,
  nowMs: number,
): TinySignalStatus {
  const isDelivered = phase === 'Delivered';
  const draft = {
    type: 'Complete',
    status: isDelivered ? ('True' as const) : ('False' as const),
    reason: reasonOf(reason),
    message: message === '' ? 'the node handled it' : message,
    observedGeneration: signal.metadata.generation ?? 0,
  };
  return {
    phase,
    completedAt: momentOf(nowMs),
    message: clipMessage(message),
    conditions: stampConditions(signal.status?.conditions, [draft], nowMs),
  };
}

/** How a delivery failed or succeeded, as the end of its signal. */
export function endOf(failure: TinyError | undefined): SignalEnd {
  return failure === undefined
    ? { phase: 'Delivered', reason: 'Delivered', message: '' }
    : { phase: 'Failed', reason: failure.code, message: failure.message };
}

/** The status of a signal that is delivered again in a while. */
export function postponedStatus({ message }: TinyError): TinySignalStatus {
  return { phase: 'Pending', message: clipMessage(message) };
}

/** Writes fields of a signal's status, if nobody has changed the object since. @throws ApiError 409 when somebody has. */
export function patchSignal(
  client: Pick<ResourceClient<TinySignal>, 'patch'>,
  signal: TinySignal,
  status: TinySignalStatus,
  term: AbortSignal,
): Promise<TinySignal> {
  const { name = '', resourceVersion } = signal.metadata;
  const patch = { metadata: { resourceVersion }, status };
  return client.patch(name, patch, { subresource: 'status', signal: term });
}

/** What writing an outcome works with. */
export interface OutcomeOptions {
  readonly client: Pick<ResourceClient<TinySignal>, 'get' | 'patch'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly leadership: Pick<Leadership, 'isLeading'>;
}

/**
 * Writes how a delivery went: it is known only here, so neither a change of the object meanwhile nor an API server
 * that is away may lose it. Gives up when the term ends, the object is gone, its claim is another's, or the server
 * will never take it.
 */
export async function writeOutcome(
  claimed: TinySignal,
  outcome: TinySignalStatus,
  { client, clock, log, leadership }: OutcomeOptions,
  term: AbortSignal,
): Promise<void> {
  let latest: TinySignal | undefined = claimed;
  for (let delayMs = FIRST_RETRY_MS; !term.aborted; delayMs = Math.min(MAX_RETRY_MS, 2 * delayMs)) {
    try {
      latest ??= await client.get(claimed.metadata.name ?? '', { signal: term });
      if (!leadership.isLeading) return; // the claim tells the next leader
      if (isSameClaim(latest, claimed)) await patchSignal(client, latest, outcome, term);
      return;
    } catch (error) {
      if (term.aborted || ApiError.isNotFound(error)) return;
      if (!ApiError.isConflict(error))
        log.warn({ signal: claimed.metadata.name, err: error }, 'the end of a signal could not be written');
      if (!isPassing(error)) return;
      latest = undefined;
      await sleep(clock, delayMs, term).catch(() => term.aborted);
    }
  }
}

function isSameClaim({ metadata, status }: TinySignal, claimed: TinySignal): boolean {
  return (
    metadata.uid === claimed.metadata.uid &&
    status?.phase === 'Delivering' &&
    status.holder === claimed.status?.holder &&
    status.attempts === claimed.status?.attempts
  );
}

/** Whether a later try may succeed: the object changed, or the server is busy or away. */
function isPassing(error: unknown): boolean {
  return !ApiError.is(error) || error.code === 409 || error.code === 429 || error.code >= 500;
}

/** `NODE_NOT_READY` → `NodeNotReady`; a module's `http-module.BAD_GATEWAY` → `HttpModuleBadGateway`. */
function reasonOf(code: string): string {
  if (!/[_.]/.test(code) && code !== code.toUpperCase()) return code;
  return code
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
}
