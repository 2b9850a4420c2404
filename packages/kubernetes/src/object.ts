/** The metadata every Kubernetes object has; see the API conventions of Kubernetes. */
export interface ObjectMeta {
  readonly name?: string;
  readonly generateName?: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly OwnerReference[];
  readonly finalizers?: readonly string[];
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly managedFields?: readonly unknown[];
}

/** Says which object owns another one; the garbage collector deletes the dependent after its owner. */
export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

/** What this package needs to know of an object; concrete types add `spec`, `status` and the like. */
export interface KubeObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: ObjectMeta;
}

/** `namespace/name`, or just `name` for an object of the cluster. */
export type ObjectKey = string;

/** The key of an object in caches and work queues. */
export function keyOf(object: KubeObject): ObjectKey {
  return keyFrom(object.metadata.namespace ?? '', object.metadata.name ?? '');
}

/** The key of the object `name` in `namespace` (`''` for an object of the cluster). */
export function keyFrom(namespace: string, name: string): ObjectKey {
  return namespace === '' ? name : `${namespace}/${name}`;
}

/** Splits a key again; `namespace` is `''` for an object of the cluster. */
export function parseKey(key: ObjectKey): { readonly namespace: string; readonly name: string } {
  const slash = key.indexOf('/');
  return slash < 0
    ? { namespace: '', name: key }
    : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}
