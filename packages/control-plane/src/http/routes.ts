/** Where in the API a request points. */
export interface ResourcePath {
  readonly group: string;
  readonly version: string;
  readonly namespace: string | undefined;
  readonly plural: string;
  readonly name: string | undefined;
  readonly subresource: string | undefined;
  /** The old form with `/watch/` in the path. */
  readonly isWatch: boolean;
}

/** Parts that follow a namespace's own name rather than name a resource in it. */
const NAMESPACE_SUBRESOURCES = ['status', 'finalize'];

/** Takes `/api/v1/…` and `/apis/GROUP/VERSION/…` apart; `undefined` for anything else. */
export function parseResourcePath(path: string): ResourcePath | undefined {
  const parts = decoded(path.split('/').slice(1));
  if (!parts) return undefined;
  if (parts.at(-1) === '') parts.pop();
  if (parts.includes('')) return undefined;
  const [root, ...rest] = parts;
  if (root === 'api') return resourcePath('', rest[0], rest.slice(1));
  return root === 'apis' ? resourcePath(rest[0] ?? '', rest[1], rest.slice(2)) : undefined;
}

function resourcePath(
  group: string,
  version: string | undefined,
  segments: readonly string[],
): ResourcePath | undefined {
  const isWatch = segments[0] === 'watch';
  const parts = isWatch ? segments.slice(1) : segments;
  const isScoped =
    parts[0] === 'namespaces' && parts.length > 2 && !NAMESPACE_SUBRESOURCES.includes(parts[2] ?? '');
  const [plural, name, subresource, ...tooMany] = isScoped ? parts.slice(2) : parts;
  if (version === undefined || plural === undefined || tooMany.length > 0) return undefined;
  return { group, version, namespace: isScoped ? parts[1] : undefined, plural, name, subresource, isWatch };
}

function decoded(parts: readonly string[]): string[] | undefined {
  try {
    return parts.map((part) => decodeURIComponent(part));
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}
