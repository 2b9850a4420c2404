const MARK = Symbol.for('tinysystems.error');

/** What a caller may do about an error: only `Transient` is ever retried. */
export type ErrorKind = 'Transient' | 'Permanent' | 'Cancelled' | 'Timeout' | 'Overloaded';

/** The runtime's own codes; the rows of docs/reference/errors.md. Modules prefix theirs with their name. */
export const ERROR_CODES = [
  'CANCELLED',
  'CERTIFICATE_INVALID',
  'COMPONENT_UNKNOWN',
  'DEADLINE_EXCEEDED',
  'DEPTH_EXCEEDED',
  'EDGE_REFUSED',
  'EDGE_REMOVED',
  'HANDLER_FAILED',
  'MAPPING_FAILED',
  'MESSAGE_INVALID',
  'MESSAGE_TOO_LARGE',
  'MODULE_UNKNOWN',
  'MODULE_UNREACHABLE',
  'NODE_NOT_READY',
  'NODE_REMOVED',
  'NODE_STOPPED',
  'NODE_UNKNOWN',
  'OPTIONS_INVALID',
  'PEER_REFUSED',
  'PEER_UNTRUSTED',
  'PORT_FORBIDDEN',
  'PORT_UNKNOWN',
  'QUEUE_FULL',
  'REPLY_INVALID',
  'REPLY_MISSING',
  'SETTINGS_REJECTED',
  'STATE_CONFLICT',
  'STATE_TOO_LARGE',
  'STATE_UNAVAILABLE',
] as const;

/** A runtime code, or a module's own, written `<module>.<CODE>`. */
export type ErrorCode = (typeof ERROR_CODES)[number] | `${string}.${string}`;

/** Options of a {@link TinyError}. */
export interface TinyErrorOptions {
  readonly cause?: unknown;
  /** When trying again makes sense; only with `Transient` and `Overloaded`. */
  readonly retryAfterMs?: number | undefined;
  /** The other failures of a fan-out, in the order of the edges. */
  readonly branches?: readonly TinyError[];
  readonly failedAt?: string | undefined;
}

/** The error of every boundary. Anything else that is thrown becomes `Permanent`/`HANDLER_FAILED`. */
export class TinyError extends Error {
  override readonly name = 'TinyError';
  readonly [MARK] = true;
  readonly kind: ErrorKind;
  readonly code: ErrorCode;
  readonly retryAfterMs: number | undefined;
  readonly branches: readonly TinyError[];
  /** The node whose hop failed first, once one has: only the edge to it sends again. The runtime fills it in. */
  failedAt: string | undefined;

  constructor(kind: ErrorKind, code: ErrorCode, message: string, options: TinyErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.kind = kind;
    this.code = code;
    this.retryAfterMs = options.retryAfterMs;
    this.branches = options.branches ?? [];
    this.failedAt = options.failedAt;
  }

  /** Recognises a TinyError by its brand, also across realms and copies of this package. */
  static is(error: unknown): error is TinyError {
    return typeof error === 'object' && error !== null && MARK in error;
  }
}

/** `error` as a TinyError: itself, or wrapped as `Permanent`/`HANDLER_FAILED` with its text. */
export function toTinyError(error: unknown): TinyError {
  if (TinyError.is(error)) return error;
  const text =
    error instanceof Error || (typeof error === 'object' && error !== null && 'message' in error)
      ? String(error.message)
      : String(error);
  return new TinyError('Permanent', 'HANDLER_FAILED', text || 'the handler failed without a message', {
    cause: error,
  });
}

/** The error of a wait that `signal` ended: the signal's own TinyError, else `Cancelled`. */
export function cancelled(signal: AbortSignal): TinyError {
  if (TinyError.is(signal.reason)) return signal.reason;
  return new TinyError('Cancelled', 'CANCELLED', 'the caller ended the call', { cause: signal.reason });
}
