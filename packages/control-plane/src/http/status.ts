import type { JsonObject } from '../json.ts';

/** One reason why an object was refused: `field` is a path, `message` the text after it. */
export interface Cause {
  readonly reason: string;
  readonly message: string;
  readonly field?: string;
}

/** What an error is about, as `details` of a Status. */
export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly Cause[];
  readonly retryAfterSeconds?: number;
}

/** The names by which errors speak about a resource. */
export interface ResourceNames {
  readonly group: string;
  readonly kind: string;
  readonly plural: string;
}

/** A request that fails; carries the HTTP code and everything the Status body says. */
export class StatusError extends Error {
  override readonly name = 'StatusError';
  readonly code: number;
  readonly reason: string | undefined;
  readonly details: StatusDetails | undefined;

  constructor(code: number, reason: string | undefined, message: string, details?: StatusDetails) {
    super(message);
    this.code = code;
    this.reason = reason;
    this.details = details;
  }

  /** The body to answer with. */
  toStatus(): JsonObject {
    const details = this.details && withoutEmpty({ ...this.details });
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: this.message,
      ...(this.reason && { reason: this.reason }),
      ...(details && { details }),
      code: this.code,
    };
  }
}

/** `widgets.example.com`, or just `pods` in the core group. */
export function qualified(name: string, group: string): string {
  return group ? `${name}.${group}` : name;
}

export function badRequest(message: string): StatusError {
  return new StatusError(400, 'BadRequest', message);
}

export function notFound(resource: ResourceNames, name: string): StatusError {
  const { group, plural } = resource;
  return new StatusError(404, 'NotFound', `${qualified(plural, group)} "${name}" not found`, {
    name,
    group,
    kind: plural,
  });
}

export function alreadyExists(resource: ResourceNames, name: string, isTerminating: boolean): StatusError {
  const { group, plural } = resource;
  const prefix = isTerminating ? 'object is being deleted: ' : '';
  return new StatusError(
    409,
    'AlreadyExists',
    `${prefix}${qualified(plural, group)} "${name}" already exists`,
    { name, group, kind: plural },
  );
}

export function staleVersion(resource: ResourceNames, name: string): StatusError {
  const { group, plural } = resource;
  const text = 'the object has been modified; please apply your changes to the latest version and try again';
  return new StatusError(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${qualified(plural, group)} "${name}": ${text}`,
    { name, group, kind: plural },
  );
}

export function preconditionFailed(resource: ResourceNames, name: string, why: string): StatusError {
  const { group, kind } = resource;
  return new StatusError(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${qualified(kind, group)} "${name}": ${why}`,
    { name, group, kind },
  );
}

/** 422 with one cause per broken rule; `kind` may also be a plural, as for a missing resourceVersion. */
export function invalid(
  subject: { readonly group: string; readonly kind: string },
  name: string,
  causes: readonly Cause[],
): StatusError {
  const texts = [...new Set(causes.map((cause) => `${cause.field}: ${cause.message}`))];
  const text = texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`;
  return new StatusError(
    422,
    'Invalid',
    `${qualified(subject.kind, subject.group)} "${name}" is invalid: ${text}`,
    {
      name,
      group: subject.group,
      kind: subject.kind,
      causes,
    },
  );
}

export function forbidden(
  resource: ResourceNames,
  name: string,
  why: string,
  causes?: readonly Cause[],
): StatusError {
  const { group, plural } = resource;
  const subject = group ? `${plural}.${group}` : plural;
  return new StatusError(403, 'Forbidden', `${subject} "${name}" is forbidden: ${why}`, {
    name,
    group,
    kind: plural,
    ...(causes && { causes }),
  });
}

export function methodNotAllowed(resource: ResourceNames, verb: string): StatusError {
  const { group, plural } = resource;
  return new StatusError(
    405,
    'MethodNotAllowed',
    `${verb} is not supported on resources of kind "${qualified(plural, group)}"`,
    { group, kind: plural },
  );
}

export function unsupportedMediaType(accepted: readonly string[]): StatusError {
  return new StatusError(
    415,
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`,
  );
}

export function expired(message: string): StatusError {
  return new StatusError(410, 'Expired', message);
}

function withoutEmpty(details: StatusDetails): JsonObject {
  return Object.fromEntries(
    Object.entries(details).filter(([, value]) => value !== undefined && value !== ''),
  );
}
