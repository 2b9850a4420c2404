import { isJsonArray, isJsonObject, memberAt, type JsonObject, type JsonValue } from './json.ts';

/** A reference from a dependent object to its owner. */
export type OwnerReference = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
};

/** One entry of `metadata.managedFields`. */
export type ManagedFieldsEntry = {
  readonly manager?: string;
  readonly operation?: 'Apply' | 'Update';
  readonly apiVersion?: string;
  readonly time?: string;
  readonly fieldsType?: string;
  readonly fieldsV1?: JsonObject;
  readonly subresource?: string;
};

/** `metadata` of an object, as clients see it. */
export interface ObjectMeta extends JsonObject {
  readonly name?: string;
  readonly generateName?: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly deletionGracePeriodSeconds?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly ownerReferences?: readonly OwnerReference[];
  readonly managedFields?: readonly ManagedFieldsEntry[];
}

/** Any Kubernetes object. */
export interface KubeObject extends JsonObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
}

/** The key of an object inside its resource: `namespace/name`, or the name alone. */
export function keyOf(namespace: string | undefined, name: string): string {
  return namespace ? `${namespace}/${name}` : name;
}

/** The strings of a JSON array at `path`; empty when there is none. */
export function stringsAt(value: JsonValue | undefined, ...path: readonly string[]): readonly string[] {
  const list = memberAt(value, path);
  return isJsonArray(list) ? list.filter((item) => typeof item === 'string') : [];
}

/** The objects of a JSON array at `path`; empty when there is none. */
export function objectsAt(value: JsonValue | undefined, ...path: readonly string[]): readonly JsonObject[] {
  const list = memberAt(value, path);
  return isJsonArray(list) ? list.filter((item) => isJsonObject(item)) : [];
}

/** The string at `path`, if there is one. */
export function stringAt(value: JsonValue | undefined, ...path: readonly string[]): string | undefined {
  const text = memberAt(value, path);
  return typeof text === 'string' ? text : undefined;
}
