import {
  API_GROUP,
  API_VERSION,
  type TinyModule,
  type TinyModuleStatus,
  stampConditions,
} from '@tinysystems/api';
import { type Clock, type Log, sleep } from '@tinysystems/core';
import type { ComponentRegistry } from '@tinysystems/engine';
import {
  ApiError,
  type ObjectKey,
  type ReconcileResult,
  type ResourceClient,
  parseKey,
} from '@tinysystems/kubernetes';
import type { Caches } from '../resources/caches.ts';
import type { Leadership } from '../resources/leadership.ts';
import { momentOf, writeStatus } from '../resources/status-writer.ts';
import { RESYNC_MS } from '../reconcilers/node-reconciler.ts';
import { publishedComponent } from './published-component.ts';

const RETRY_MS = 1000;
const CONFLICT_RETRY_MS = 20;
/** How long a write of the own entry may take, milliseconds. */
const WRITE_TIMEOUT_MS = 5000;

/** What a publisher works with. */
export interface ModulePublisherOptions {
  readonly module: { readonly name: string; readonly version: string; readonly sdkVersion: string };
  readonly namespace: string;
  /** Identity of this replica. */
  readonly identity: string;
  readonly serviceAddress: string | undefined;
  /** Where this replica tells of its traces; `undefined`: nowhere. */
  readonly diagnosticsAddress: () => string | undefined;
  readonly components: ComponentRegistry;
  readonly caches: Caches;
  readonly client: ResourceClient<TinyModule>;
  readonly leadership: Leadership;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Keeps the module's own TinyModule: every replica makes it when it is missing and applies its own endpoint entry;
 * the leader writes the rest of the status.
 */
export class ModulePublisher {
  readonly #options: ModulePublisherOptions;
  readonly #startedAt: string;
  readonly #components: TinyModuleStatus['components'];
  #address: string | undefined;
  #entryWritten: Promise<unknown> = Promise.resolve();

  constructor(options: ModulePublisherOptions) {
    this.#options = options;
    this.#startedAt = momentOf(options.clock.now());
    this.#components = options.components.list().map(publishedComponent);
  }

  /** This replica takes messages at `address` from now on. */
  open(address: string): void {
    this.#address = address;
  }

  /** This replica takes no more messages: its entry is taken back. */
  async close(): Promise<void> {
    if (this.#address === undefined) return;
    this.#address = undefined;
    try {
      await this.#applyStatus(undefined);
    } catch (error) {
      if (!ApiError.isNotFound(error)) throw error;
    }
  }

  /**
   * Begins a term as leader: stores an epoch above all earlier ones before anything else is written.
   * Tries until it is stored or the signal aborts.
   */
  async beginTerm(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#options;
    while (!signal.aborted) {
      try {
        return await this.#storeEpoch(signal);
      } catch (error) {
        if (signal.aborted) return;
        const isConflict = ApiError.isConflict(error);
        if (!isConflict)
          log.warn({ err: error }, 'the epoch of a new leader could not be stored; trying again');
        await sleep(clock, isConflict ? CONFLICT_RETRY_MS : RETRY_MS, signal).catch(() => signal.aborted);
      }
    }
  }

  async #storeEpoch(signal: AbortSignal): Promise<void> {
    const { client, leadership, module } = this.#options;
    await this.#ensure(signal);
    const own = await client.get(module.name, { signal });
    const leaderEpoch = leadership.begin(own.status?.leaderEpoch ?? 0);
    const patch = { metadata: { resourceVersion: own.metadata.resourceVersion }, status: { leaderEpoch } };
    await client.patch(module.name, patch, { subresource: 'status', signal });
  }

  async reconcile(key: ObjectKey, signal: AbortSignal): Promise<ReconcileResult | void> {
    const { caches, leadership } = this.#options;
    const { namespace, name } = parseKey(key);
    const own = caches.modules.lister.get(namespace, name);
    if (own === undefined) {
      await this.#ensure(signal);
      return;
    }
    if (this.#address !== undefined && !this.#isPublished(own)) {
      await this.#applyStatus({ endpoints: [this.#entry(this.#address)] });
      return; // the watch brings the new object, and with it the next look
    }
    if (!leadership.isLeading) return;
    await this.#writeStatus(own, signal);
    return { requeueAfterMs: RESYNC_MS };
  }

  async #ensure(signal: AbortSignal): Promise<void> {
    const { client, module } = this.#options;
    const object: TinyModule = {
      apiVersion: `${API_GROUP}/${API_VERSION}`,
      kind: 'TinyModule',
      metadata: { name: module.name },
      spec: { image: `${module.name}:${module.version}` },
    };
    try {
      await client.create(object, { signal });
    } catch (error) {
      if (!ApiError.isAlreadyExists(error)) throw error;
    }
  }

  #isPublished(own: TinyModule): boolean {
    const { identity, leadership } = this.#options;
    const entry = own.status?.endpoints?.find(({ pod }) => pod === identity);
    return (
      entry?.addr === this.#address &&
      entry?.leader === leadership.isLeading &&
      entry?.diagnostics === this.#options.diagnosticsAddress()
    );
  }

  #entry(addr: string) {
    const { identity, leadership, diagnosticsAddress } = this.#options;
    const diagnostics = diagnosticsAddress();
    const entry = { pod: identity, addr, leader: leadership.isLeading, startedAt: this.#startedAt };
    return diagnostics === undefined ? entry : { ...entry, diagnostics };
  }

  /** One write after the other: taking the entry back must not be overtaken by an earlier write of it. */
  #applyStatus(status: TinyModuleStatus | undefined): Promise<TinyModule> {
    const { client, module, identity } = this.#options;
    const object: Omit<TinyModule, 'spec'> = {
      apiVersion: `${API_GROUP}/${API_VERSION}`,
      kind: 'TinyModule',
      metadata: { name: module.name },
      ...(status !== undefined && { status }),
    };
    const write = this.#entryWritten.then(() =>
      client.apply(object as TinyModule, {
        fieldManager: `replica-${identity}`,
        force: true,
        subresource: 'status',
        signal: AbortSignal.timeout(WRITE_TIMEOUT_MS),
      }),
    );
    this.#entryWritten = Promise.allSettled([write]); // of a failure hears who asked for the write
    return write;
  }

  async #writeStatus(own: TinyModule, signal: AbortSignal): Promise<void> {
    const { module, serviceAddress, client, leadership, clock } = this.#options;
    const epoch = leadership.epoch;
    if (epoch === undefined) return;
    const image = `${module.name}:${module.version}`;
    if (own.spec.image !== image) {
      const { resourceVersion } = own.metadata;
      await client.patch(module.name, { metadata: { resourceVersion }, spec: { image } }, { signal });
      return; // the watch brings the new object, and with it the next look
    }
    const generation = own.metadata.generation ?? 0;
    const replicas = own.status?.endpoints?.length ?? 0;
    const ready = {
      type: 'Ready',
      status: replicas > 0 ? ('True' as const) : ('False' as const),
      reason: replicas > 0 ? 'Serving' : 'NoReplica',
      message: replicas === 1 ? '1 replica takes messages' : `${replicas || 'no'} replicas take messages`,
      observedGeneration: generation,
    };
    const wanted: TinyModuleStatus = {
      observedGeneration: generation,
      addr: serviceAddress ?? this.#address ?? '',
      name: module.name,
      version: module.version,
      sdkVersion: module.sdkVersion,
      components: this.#components ?? [],
      conditions: stampConditions(own.status?.conditions, [ready], clock.now()),
    };
    await writeStatus(client, own, wanted, { stamp: { leaderEpoch: epoch }, signal });
  }
}
