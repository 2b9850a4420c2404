import { jsonSyntaxError } from '../http/json-text.ts';
import { badRequest, expired, invalid, StatusError } from '../http/status.ts';
import { member, type JsonValue } from '../json.ts';
import type { KubeObject } from '../kube-object.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { Selector } from './selectors.ts';

/** What a list request asks for. */
export interface ListOptions {
  readonly selector: Selector;
  readonly hasSelector: boolean;
  readonly limit: number | undefined;
  readonly continueToken: string | undefined;
  readonly resourceVersion: string | undefined;
  readonly resourceVersionMatch: string | undefined;
}

/** One page of objects, by namespace and name. */
export interface ObjectPage {
  readonly items: readonly KubeObject[];
  readonly revision: number;
  /** Empty on the last page. */
  readonly continueToken: string;
  readonly remainingItemCount: number | undefined;
}

interface ContinueToken {
  readonly revision: number;
  readonly after: string;
}

/**
 * Reads one page.
 *
 * @throws StatusError 400 for a version or token that cannot be read, 410 for one whose state is forgotten,
 *   504 for a version that does not exist yet.
 */
export function listObjects(store: ObjectStore, storedAs: string, options: ListOptions): ObjectPage {
  const start = startOf(options, store.revision);
  const found = store.list(storedAs, start.revision);
  if (!found)
    throw expired('The provided continue parameter is too old to display a consistent list result.');
  const matching = [...found]
    .filter(([key, object]) => key > start.after && options.selector(object))
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  const page = options.limit ? matching.slice(0, options.limit) : matching;
  const remaining = matching.length - page.length;
  const lastKey = page.at(-1)?.[0] ?? '';
  return {
    items: page.map(([, object]) => object),
    revision: start.revision,
    continueToken: remaining > 0 ? encodeToken({ revision: start.revision, after: lastKey }) : '',
    remainingItemCount: remaining > 0 && !options.hasSelector ? remaining : undefined,
  };
}

/** A resourceVersion as a number; `undefined` when the client left it open. */
export function parseRevision(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  if (!/^\d+$/.test(text)) {
    throw badRequest(
      `Invalid value: ${JSON.stringify(text)}: strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`,
    );
  }
  return Number(text);
}

function startOf(options: ListOptions, current: number): ContinueToken {
  const { continueToken, resourceVersion, resourceVersionMatch } = options;
  if (resourceVersionMatch && !resourceVersion) {
    const message = 'Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided';
    throw invalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', [
      { reason: 'FieldValueForbidden', message, field: 'resourceVersionMatch' },
    ]);
  }
  if (continueToken) {
    if (resourceVersion && resourceVersion !== '0') {
      throw badRequest('specifying resource version is not allowed when using continue');
    }
    return decodeToken(continueToken);
  }
  const wanted = listRevision(resourceVersion) ?? 0;
  if (wanted > current) throw tooLargeRevision(wanted, current);
  return { revision: resourceVersionMatch === 'Exact' ? wanted : current, after: '' };
}

function listRevision(text: string | undefined): number | undefined {
  try {
    return parseRevision(text);
  } catch (error) {
    if (error instanceof StatusError)
      throw badRequest(`invalid resource version: resourceVersion: ${error.message}`);
    throw error;
  }
}

function tooLargeRevision(wanted: number, current: number): StatusError {
  return new StatusError(
    504,
    'Timeout',
    `Timeout: Too large resource version: ${wanted}, current: ${current}`,
    {
      causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
      retryAfterSeconds: 1,
    },
  );
}

function encodeToken(token: ContinueToken): string {
  return Buffer.from(
    JSON.stringify({ v: 'meta.k8s.io/v1', rv: token.revision, start: token.after }),
  ).toString('base64url');
}

function decodeToken(text: string): ContinueToken {
  const bytes = Buffer.from(text, 'base64url');
  const why = jsonSyntaxError(bytes.toString('latin1'));
  if (why !== undefined) throw badRequest(`invalid continue token: continue key is not valid: ${why}`);
  const token = JSON.parse(bytes.toString('utf8')) as JsonValue;
  const [revision, after] = [member(token, 'rv'), member(token, 'start')];
  if (typeof revision === 'number' && typeof after === 'string') return { revision, after };
  const problem =
    'invalid continue token: continue key is not valid: incorrect encoded start resourceVersion';
  throw badRequest(`${problem} (version meta.k8s.io/v1)`);
}
