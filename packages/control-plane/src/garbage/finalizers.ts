import { timestamp, type Clock } from '../clock.ts';
import { jsonEqual } from '../json.ts';
import { keyOf, stringsAt, type KubeObject } from '../kube-object.ts';
import { heldBy, isNamespaceReleased } from '../resources/builtin-rules.ts';
import { CRD_DEFINITION } from '../resources/crd.ts';
import { CRD_CLEANUP_FINALIZER, withDeletionInProgress } from '../resources/crd-conditions.ts';
import type { ResourceDefinition } from '../resources/definition.ts';
import type { Deleter } from '../resources/deleter.ts';
import type { Registry } from '../resources/registry.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { StoreEvent } from '../storage/revision-log.ts';
import type { GarbageOptions } from './owners.ts';
import { WorkLoop } from './work-loop.ts';

const NAMESPACE = 'namespace:';
const KIND = 'kind:';

/** Empties what contains other objects, namespaces and custom kinds, before it goes. */
export class ContentFinalizer implements AsyncDisposable {
  readonly #store: ObjectStore;
  readonly #registry: Registry;
  readonly #deleter: Deleter;
  readonly #clock: Clock;
  readonly #loop: WorkLoop;
  readonly #unsubscribe: () => void;

  constructor({ store, registry, deleter, clock }: GarbageOptions) {
    this.#store = store;
    this.#registry = registry;
    this.#deleter = deleter;
    this.#clock = clock;
    this.#loop = new WorkLoop({ clock, work: (key) => this.#work(key) });
    this.#unsubscribe = store.subscribe((event) => this.#notice(event));
  }

  /** Goes on with what was being deleted when the server stopped. */
  start(): void {
    for (const [name, { metadata }] of this.#store.list('namespaces') ?? []) {
      if (metadata.deletionTimestamp !== undefined) this.#loop.add(NAMESPACE + name);
    }
    for (const [name, { metadata }] of this.#store.list(CRD_DEFINITION.storedAs) ?? []) {
      if (metadata.deletionTimestamp !== undefined) this.#loop.add(KIND + name);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#unsubscribe();
    await this.#loop[Symbol.asyncDispose]();
  }

  #notice({ resource, key, type, object }: StoreEvent): void {
    const { deletionTimestamp, namespace } = object.metadata;
    if (type !== 'DELETED' && deletionTimestamp !== undefined) {
      if (resource === 'namespaces') this.#loop.add(NAMESPACE + key);
      if (resource === CRD_DEFINITION.storedAs) this.#loop.add(KIND + key);
    }
    if (type !== 'DELETED') return;
    if (namespace !== undefined && isTerminating(this.#store.get('namespaces', namespace)))
      this.#loop.add(NAMESPACE + namespace);
    if (isTerminating(this.#store.get(CRD_DEFINITION.storedAs, resource))) this.#loop.add(KIND + resource);
  }

  async #work(key: string): Promise<void> {
    if (key.startsWith(NAMESPACE)) await this.#emptyNamespace(key.slice(NAMESPACE.length));
    else await this.#emptyKind(key.slice(KIND.length));
  }

  async #emptyNamespace(name: string): Promise<void> {
    if (!isTerminating(this.#store.latest('namespaces', name))) return;
    let remaining = 0;
    for (const definition of this.#registry.definitions()) {
      if (definition.isNamespaced) remaining += await this.#deleteAll(definition, name);
    }
    const namespace = this.#store.latest('namespaces', name);
    if (remaining > 0 || !namespace) return;
    const finalizers = stringsAt(namespace, 'spec', 'finalizers').filter(
      (finalizer) => finalizer !== 'kubernetes',
    );
    const emptied = heldBy(namespace, finalizers);
    if (isNamespaceReleased(emptied)) await this.#store.remove('namespaces', name, emptied);
    else if (!jsonEqual(emptied, namespace)) await this.#store.put('namespaces', name, emptied);
  }

  async #emptyKind(name: string): Promise<void> {
    const crd = this.#store.latest(CRD_DEFINITION.storedAs, name);
    const definition = this.#registry.storedAs(name);
    if (!crd || !definition || !isTerminating(crd)) return;
    const begun = withDeletionInProgress(crd, timestamp(this.#clock));
    if (!jsonEqual(begun, crd)) await this.#store.put(CRD_DEFINITION.storedAs, name, begun);
    if ((await this.#deleteAll(definition, undefined)) > 0) return;
    await this.#deleter.removeFinalizer(CRD_DEFINITION.storedAs, name, CRD_CLEANUP_FINALIZER);
  }

  /** @returns how many objects stay because of their finalizers. */
  async #deleteAll(definition: ResourceDefinition, namespace: string | undefined): Promise<number> {
    const found = [...(this.#store.list(definition.storedAs) ?? [])]
      .map(([, object]) => object)
      .filter(({ metadata }) => namespace === undefined || metadata.namespace === namespace);
    for (const { metadata } of found) {
      if (metadata.deletionTimestamp !== undefined) continue;
      const options = {
        isDryRun: false,
        propagationPolicy: undefined,
        uid: undefined,
        resourceVersion: undefined,
      };
      await this.#deleter.delete(definition, metadata.namespace, metadata.name ?? '', options);
    }
    return found.filter(({ metadata }) =>
      this.#store.latest(definition.storedAs, keyOf(metadata.namespace, metadata.name ?? '')),
    ).length;
  }
}

function isTerminating(object: KubeObject | undefined): boolean {
  return object?.metadata.deletionTimestamp !== undefined;
}
