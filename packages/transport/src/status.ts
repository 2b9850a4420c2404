import { Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { type ErrorCode, type ErrorKind, TinyError } from '@tinysystems/core';

/** The one table between kinds of errors and gRPC statuses. */
const STATUS_OF: Readonly<Record<ErrorKind, status>> = {
  Transient: status.UNAVAILABLE,
  Permanent: status.FAILED_PRECONDITION,
  Cancelled: status.CANCELLED,
  Timeout: status.DEADLINE_EXCEEDED,
  Overloaded: status.RESOURCE_EXHAUSTED,
};

const KIND = 'x-tiny-kind';
const CODE = 'x-tiny-code';
const RETRY_AFTER = 'x-tiny-retry-after-ms';
const FAILED_AT = 'x-tiny-failed-at';

/** The longest error text that goes over the wire, characters: gRPC carries it in a header of limited size. */
const MAX_DETAILS_LENGTH = 1000;
/** What a header can carry. */
const PLAIN_CODE = /^[\x21-\x7e]{1,200}$/;

/** What a server answers a failed call with: the nearest gRPC status, and the exact error in the trailers. Never throws. */
export function toStatus(error: TinyError): { code: status; details: string; metadata: Metadata } {
  const kind = isErrorKind(error.kind) ? error.kind : 'Permanent';
  const metadata = new Metadata();
  metadata.set(KIND, kind);
  metadata.set(CODE, plainCode(error.code));
  const { retryAfterMs } = error;
  if (retryAfterMs !== undefined && Number.isFinite(retryAfterMs))
    metadata.set(RETRY_AFTER, String(Math.round(retryAfterMs)));
  const { failedAt } = error;
  if (failedAt !== undefined && PLAIN_CODE.test(failedAt)) metadata.set(FAILED_AT, failedAt);
  return { code: STATUS_OF[kind], details: plainText(error.message), metadata };
}

/** The error behind a failed call: exact when a module of ours answered, else by its gRPC status. */
export function fromStatus(error: ServiceError, peer: string): TinyError {
  return statedError(error) ?? foreign(error, peer);
}

/** The exact error that a module of ours answered with, or ended a stream with; `undefined`: it named none. */
export function statedError(error: Partial<ServiceError>): TinyError | undefined {
  const kind = text(error, KIND);
  const code = text(error, CODE);
  if (kind === undefined || code === undefined || !isErrorKind(kind)) return undefined;
  const retryAfterMs = Number(text(error, RETRY_AFTER) ?? Number.NaN);
  return new TinyError(kind, code as ErrorCode, error.details ?? '', {
    cause: error,
    retryAfterMs: Number.isFinite(retryAfterMs) ? retryAfterMs : undefined,
    failedAt: text(error, FAILED_AT),
  });
}

/** Whether it is one of our kinds. */
export function isErrorKind(kind: string): kind is ErrorKind {
  return Object.hasOwn(STATUS_OF, kind);
}

/** A code as the wire can carry it: itself, or `HANDLER_FAILED`. */
export function plainCode(code: string): string {
  return PLAIN_CODE.test(code) ? code : 'HANDLER_FAILED';
}

/** An error text as the wire can carry it: at most 1000 characters of valid Unicode. */
export function plainText(message: string): string {
  const short =
    message.length <= MAX_DETAILS_LENGTH ? message : `${message.slice(0, MAX_DETAILS_LENGTH - 1)}…`;
  return short.toWellFormed();
}

function foreign(error: ServiceError, peer: string): TinyError {
  // grpc-js ends its texts with an empty note where there is nothing to note.
  const details = (error.details || error.message).replace(/\s*Resolution note: $/, '');
  const from = `${peer}: ${details}`;
  const options = { cause: error };
  switch (error.code) {
    case status.UNAVAILABLE:
      return new TinyError('Transient', 'MODULE_UNREACHABLE', from, options);
    case status.DEADLINE_EXCEEDED:
      return new TinyError('Timeout', 'DEADLINE_EXCEEDED', from, options);
    case status.CANCELLED:
      return new TinyError('Cancelled', 'CANCELLED', from, options);
    case status.RESOURCE_EXHAUSTED:
      return error.details.includes('larger than')
        ? new TinyError('Permanent', 'MESSAGE_TOO_LARGE', from, options)
        : new TinyError('Overloaded', 'QUEUE_FULL', from, options);
    default:
      return new TinyError('Permanent', 'HANDLER_FAILED', from, options);
  }
}

function text(error: Partial<ServiceError>, key: string): string | undefined {
  const value = error.metadata?.get(key)[0];
  return typeof value === 'string' ? value : undefined;
}
