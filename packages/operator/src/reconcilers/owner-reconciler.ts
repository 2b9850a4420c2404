import { API_GROUP, API_VERSION, type OwnerReference } from '@tinysystems/api';
import { type Json, isJsonEqual } from '@tinysystems/core';
import {
  type Informer,
  type KubeObject,
  type ObjectKey,
  type ReconcileResult,
  type ResourceClient,
  parseKey,
} from '@tinysystems/kubernetes';

const OWN_VERSION = `${API_GROUP}/${API_VERSION}`;

/** Whom an object says that it belongs to. */
export interface Belonging {
  readonly kind: string;
  readonly name: string;
  /** As it is cached; `undefined`: it does not exist, or not yet. */
  readonly owner: KubeObject | undefined;
}

/** What an owner reconciler works with. */
export interface OwnerReconcilerOptions<T extends KubeObject> {
  readonly cache: Pick<Informer<T>, 'lister'>;
  readonly client: Pick<ResourceClient<T>, 'patch'>;
  /** Whom an object belongs to; `undefined`: nobody. */
  readonly belongingOf: (object: T) => Belonging | undefined;
  /** How long a new object is left alone, milliseconds. Default: not at all. */
  readonly waitMs?: (object: T) => number;
}

/**
 * Makes an object go away with the one it belongs to, by an owner reference. References of others are left as they are;
 * one to an owner that was made again under its old name, too: it is up to the garbage collector.
 */
export class OwnerReconciler<T extends KubeObject> {
  readonly #options: OwnerReconcilerOptions<T>;

  constructor(options: OwnerReconcilerOptions<T>) {
    this.#options = options;
  }

  async reconcile(key: ObjectKey, signal: AbortSignal): Promise<ReconcileResult | void> {
    const { cache, client, belongingOf, waitMs } = this.#options;
    const { namespace, name } = parseKey(key);
    const object = cache.lister.get(namespace, name);
    if (object === undefined || object.metadata.deletionTimestamp !== undefined) return;
    const before = object.metadata.ownerReferences ?? [];
    const ownerReferences = referencesOf(before, belongingOf(object));
    if (isJsonEqual(before as unknown as Json, ownerReferences as unknown as Json)) return;
    const leftMs = waitMs?.(object) ?? 0;
    if (leftMs > 0) return { requeueAfterMs: leftMs };
    const { resourceVersion } = object.metadata;
    await client.patch(name, { metadata: { resourceVersion, ownerReferences } }, { signal });
  }
}

function referencesOf(
  before: readonly OwnerReference[],
  belonging: Belonging | undefined,
): readonly OwnerReference[] {
  const isOurs = ({ apiVersion }: OwnerReference) => apiVersion.startsWith(`${API_GROUP}/`);
  const isKept = ({ kind, name }: OwnerReference) => kind === belonging?.kind && name === belonging.name;
  const kept = before.filter((reference) => !isOurs(reference) || isKept(reference));
  const owner = belonging?.owner;
  const isLiving = owner !== undefined && owner.metadata.deletionTimestamp === undefined;
  if (belonging === undefined || !isLiving || kept.some(isKept)) return kept;
  const { kind, name } = belonging;
  return [...kept, { apiVersion: OWN_VERSION, kind, name, uid: owner.metadata.uid ?? '' }];
}
