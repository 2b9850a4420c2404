import { selectedName } from '../resources/selectors.ts';
import type { ApiRequest } from '../http/request.ts';
import type { ResourcePath } from '../http/routes.ts';
import { verbOf } from '../http/verbs.ts';

/** Something that is done to objects of a kind. */
export interface ResourceAttributes {
  readonly verb: string;
  readonly group: string;
  /** The plural. */
  readonly resource: string;
  readonly subresource?: string | undefined;
  /** `undefined` at the scope of the cluster. */
  readonly namespace?: string | undefined;
  /** `undefined` when it is about many objects, or about one whose name is not known beforehand. */
  readonly name?: string | undefined;
}

/** Something that is done with a path that holds no objects. */
export interface PathAttributes {
  readonly verb: string;
  readonly path: string;
}

/** What somebody wants to do. */
export type AccessAttributes = ResourceAttributes | PathAttributes;

/** What a request wants to do; `path` is its address taken apart, if it has objects. */
export function attributesOf(
  request: Pick<ApiRequest, 'method' | 'path' | 'query'>,
  path: ResourcePath | undefined,
): AccessAttributes {
  if (!path) return { verb: request.method.toLowerCase(), path: request.path };
  const { group, plural, subresource } = path;
  const verb = verbOf(request, path);
  // A namespace is in itself, so that a Role in it can be about it.
  const isNamespace = group === '' && plural === 'namespaces';
  const namespace = isNamespace ? path.name : path.namespace;
  return { verb, group, resource: plural, subresource, namespace, name: nameOf(verb, request, path) };
}

function nameOf(
  verb: string,
  { query }: Pick<ApiRequest, 'query'>,
  { name, subresource }: ResourcePath,
): string | undefined {
  // The name of what is created is in the body, whatever the path says.
  if (verb === 'create' && subresource === undefined) return undefined;
  return name ?? (verb === 'create' ? undefined : selectedName(query.get('fieldSelector') ?? ''));
}
