const MARK = Symbol.for('kubernetes.api-error');

/** Why and where: the part of a Status the server adds for programs. */
export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly {
    readonly reason?: string;
    readonly message?: string;
    readonly field?: string;
  }[];
  readonly retryAfterSeconds?: number;
}

/** The answer of a Kubernetes API server to a request it did not fulfil. */
export interface Status {
  readonly kind?: string;
  readonly status?: string;
  readonly message?: string;
  readonly reason?: string;
  readonly code?: number;
  readonly details?: StatusDetails;
}

/** What an {@link ApiError} is made of. */
export interface ApiErrorOptions {
  readonly code: number;
  readonly reason: string;
  /** The server's own words. */
  readonly message: string;
  /** Method and path of the request, for the message. */
  readonly request: string;
  readonly details?: StatusDetails | undefined;
  readonly retryAfterMs?: number | undefined;
}

/** The API server answered, and the answer is an error. A failure to reach it is not an `ApiError`. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly [MARK] = true;
  /** The HTTP status code, or the code of a Status sent within a watch. */
  readonly code: number;
  /** The machine-readable reason, e.g. `NotFound`; `Unknown` when the answer names none. */
  readonly reason: string;
  readonly details: StatusDetails | undefined;
  /** How long the server asks to wait before the next try. */
  readonly retryAfterMs: number | undefined;

  constructor(options: ApiErrorOptions) {
    super(`${options.request} answered ${options.code} ${options.reason}: ${options.message}`);
    this.code = options.code;
    this.reason = options.reason;
    this.details = options.details;
    this.retryAfterMs = options.retryAfterMs;
  }

  /** Recognises an `ApiError` of any copy of this package. */
  static is(error: unknown): error is ApiError {
    return typeof error === 'object' && error !== null && MARK in error;
  }

  /** The object, or its kind, does not exist. */
  static isNotFound(error: unknown): error is ApiError {
    return ApiError.is(error) && error.code === 404;
  }

  /** The object changed since it was read: read it again and apply the change to that. */
  static isConflict(error: unknown): error is ApiError {
    return ApiError.is(error) && error.code === 409 && error.reason !== 'AlreadyExists';
  }

  /** An object of that name exists. */
  static isAlreadyExists(error: unknown): error is ApiError {
    return ApiError.is(error) && error.code === 409 && error.reason === 'AlreadyExists';
  }

  /** The server forgot the requested resource version: list again. */
  static isGone(error: unknown): error is ApiError {
    return ApiError.is(error) && (error.code === 410 || error.reason === 'Expired');
  }

  /** The credentials do not allow this. */
  static isForbidden(error: unknown): error is ApiError {
    return ApiError.is(error) && error.code === 403;
  }
}

/** Makes an {@link ApiError} of an answer's body, which may be a Status, any other text, or nothing. */
export function apiErrorFrom(answer: {
  readonly code: number;
  readonly body: string;
  readonly request: string;
  readonly retryAfter?: string | undefined;
}): ApiError {
  const status = statusFrom(answer.body);
  return apiErrorFromStatus(status ?? { code: answer.code, message: answer.body.trim() || 'no message' }, {
    request: answer.request,
    code: answer.code,
    retryAfterMs: retryAfterMsFrom(answer.retryAfter),
  });
}

/** Makes an {@link ApiError} of a Status object, as it also appears within a watch. */
export function apiErrorFromStatus(
  status: Status,
  context: { readonly request: string; readonly code?: number; readonly retryAfterMs?: number | undefined },
): ApiError {
  const code = status.code ?? context.code ?? 500;
  const seconds = status.details?.retryAfterSeconds;
  return new ApiError({
    code,
    reason: status.reason || REASONS[code] || 'Unknown',
    message: status.message ?? 'no message',
    request: context.request,
    details: status.details,
    retryAfterMs: context.retryAfterMs ?? (seconds ? seconds * 1000 : undefined),
  });
}

/** Reasons for answers that carry none, such as those of a proxy in between. */
const REASONS: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  409: 'Conflict',
  410: 'Gone',
  415: 'UnsupportedMediaType',
  422: 'Invalid',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

function statusFrom(body: string): Status | undefined {
  if (!body.startsWith('{')) return undefined;
  try {
    const value = JSON.parse(body) as Status;
    return value.kind === 'Status' ? value : undefined;
  } catch {
    return undefined; // Not a Status but text that looks like one; it is shown as it is.
  }
}

function retryAfterMsFrom(header: string | undefined): number | undefined {
  const seconds = Number(header);
  return header !== undefined && Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined;
}
