import { type ErrorCode, TinyError } from '@tinysystems/core';
import type { Failure } from '@tinysystems/proto';
import { isErrorKind, plainCode, plainText } from './status.ts';

/** The most branches of a failure that go over the wire: the first ones. */
const MAX_BRANCHES = 64;
/** The longest delay that the wire has room for, milliseconds. */
const MAX_RETRY_AFTER_MS = 2 ** 31 - 1;

/** What goes over a stream for a failed call. Never throws, whatever a module put into its error. */
export function toFailure(id: number, error: TinyError, isUnstarted = false): Failure {
  const branches = error.branches.slice(0, MAX_BRANCHES).map((branch) => entryOf(branch));
  return { ...entryOf(error), id, branches, unstarted: isUnstarted, failedAt: error.failedAt ?? '' };
}

/** The error that a peer sent. */
export function fromFailure({ kind, code, message, retryAfterMs, branches, failedAt }: Failure): TinyError {
  return new TinyError(isErrorKind(kind) ? kind : 'Permanent', code as ErrorCode, message, {
    retryAfterMs,
    branches: branches.map(fromFailure),
    failedAt: failedAt === '' ? undefined : failedAt,
  });
}

/** About how many bytes it takes, rather too many. */
export function bytesOf({ code, message, branches }: Failure): number {
  return branches.reduce((bytes, branch) => bytes + bytesOf(branch), 3 * (code.length + message.length) + 32);
}

function entryOf({ kind, code, message, retryAfterMs }: TinyError): Failure {
  return {
    id: 0,
    kind: isErrorKind(kind) ? kind : 'Permanent',
    code: plainCode(code),
    message: plainText(message),
    retryAfterMs:
      retryAfterMs === undefined || !Number.isFinite(retryAfterMs)
        ? undefined
        : Math.min(Math.max(0, Math.round(retryAfterMs)), MAX_RETRY_AFTER_MS),
    branches: [],
    unstarted: false,
    failedAt: '',
  };
}
