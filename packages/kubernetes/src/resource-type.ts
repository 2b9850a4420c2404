import type { KubeObject } from './object.ts';

declare const OBJECT: unique symbol;

/** Where a kind of object lives in the API. `T` is the shape of its objects and exists for the compiler only. */
export interface ResourceType<T extends KubeObject> {
  /** `''` for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** Lower-case plural, as in the URL. */
  readonly plural: string;
  readonly namespaced: boolean;
  readonly [OBJECT]?: T;
}

/** Declares a resource type, e.g. `resourceType<Widget>({ group: 'example.com', version: 'v1', … })`. */
export function resourceType<T extends KubeObject>(
  definition: Omit<ResourceType<T>, typeof OBJECT>,
): ResourceType<T> {
  return definition;
}

/** `v1` or `group/version`, as written in an object's `apiVersion`. */
export function apiVersionOf(type: ResourceType<KubeObject>): string {
  return type.group === '' ? type.version : `${type.group}/${type.version}`;
}

/** `widgets.example.com`, the name used in messages. */
export function qualifiedName(type: ResourceType<KubeObject>): string {
  return type.group === '' ? type.plural : `${type.plural}.${type.group}`;
}
