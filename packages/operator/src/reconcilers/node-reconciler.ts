import {
  FLOW_LABEL,
  TINY_FLOW,
  type TinyFlow,
  type TinyModule,
  type TinyNode,
  type TinyNodeStatus,
  findCondition,
  nodeSpecFromTinyNode,
} from '@tinysystems/api';
import { type Clock, type Json, isJsonEqual, isSameModule, stringifyJson } from '@tinysystems/core';
import type { ComponentRegistry, Scheduler } from '@tinysystems/engine';
import {
  type CacheEvent,
  type EventRecorder,
  type ObjectKey,
  type ReconcileResult,
  type ResourceClient,
  desiredStateChanged,
  keyFrom,
  parseKey,
} from '@tinysystems/kubernetes';
import { BY_TARGET, type Caches } from '../resources/caches.ts';
import type { Leadership } from '../resources/leadership.ts';
import { EdgeTypes } from './edge-types.ts';
import { Probation } from './probation.ts';
import { momentOf, writeStatus } from '../resources/status-writer.ts';
import { nodeStatusOf } from './node-status.ts';

/** How often a leader looks at each of its nodes again although nothing changed, milliseconds. */
export const RESYNC_MS = 300_000;

/** What the reconciler of TinyNodes works with. */
export interface NodeReconcilerOptions {
  readonly module: { readonly name: string; readonly version: string; readonly sdkVersion: string };
  readonly caches: Caches;
  readonly client: Pick<ResourceClient<TinyNode>, 'patch'>;
  readonly scheduler: Scheduler;
  readonly components: ComponentRegistry;
  readonly leadership: Leadership;
  readonly recorder: Pick<EventRecorder, 'event'>;
  readonly clock: Clock;
}

/** Brings the Runners of this process to what the TinyNodes say; the leader also writes their status. */
export class NodeReconciler {
  readonly #options: NodeReconcilerOptions;
  readonly #probation = new Probation();
  readonly #edgeTypes: EdgeTypes;

  constructor(options: NodeReconcilerOptions) {
    this.#options = options;
    const { caches, components, module } = options;
    this.#edgeTypes = new EdgeTypes({ caches, components: components.list(), moduleName: module.name });
  }

  async reconcile(key: ObjectKey, signal: AbortSignal): Promise<ReconcileResult | void> {
    const { caches, scheduler, leadership } = this.#options;
    const { namespace, name } = parseKey(key);
    const node = caches.nodes.lister.get(namespace, name);
    if (node === undefined || !this.#isOwn(node)) {
      this.#probation.forget(name);
      this.#edgeTypes.forget(name);
      // Not waited for: a node made again under this name is taken up meanwhile, and its messages wait.
      void scheduler.remove(name, node === undefined ? 'deleted' : 'released');
      return;
    }
    if (this.#goesWithItsFlow(node)) return;
    const flow = this.#flowOf(node)?.spec;
    await scheduler.apply(nodeSpecFromTinyNode(node, flow));
    if (!leadership.isLeading) return;
    return { requeueAfterMs: await this.#writeStatus(node, flow?.suspended === true, signal) };
  }

  /** The keys of our nodes whose edges lead to `node`: what it offers decides whether their edges are resolved. */
  sendersTo(node: TinyNode): readonly ObjectKey[] {
    const senders = this.#options.caches.nodes.lister.byIndex(BY_TARGET, node.metadata.name ?? '');
    return senders.map((sender) => keyFrom(sender.metadata.namespace ?? '', sender.metadata.name ?? ''));
  }

  /** The keys of the nodes whose edges lead to nodes of `module`: its components say what those take. */
  sendersToModule(module: TinyModule): readonly ObjectKey[] {
    const targets = this.#options.caches.nodes.lister
      .list()
      .filter(({ spec }) => isSameModule(spec.module, module.metadata.name ?? ''));
    return [...new Set(targets.flatMap((target) => this.sendersTo(target)))];
  }

  /** @returns when to look again, milliseconds. */
  async #writeStatus(node: TinyNode, isSuspended: boolean, signal: AbortSignal): Promise<number> {
    const { module, components, scheduler, leadership, client, clock } = this.#options;
    const report = scheduler.runner(node.metadata.name ?? '')?.report;
    const epoch = leadership.epoch;
    if (report === undefined || epoch === undefined) return RESYNC_MS;
    const nowMs = clock.now();
    const leftMs = this.#probation.leftMs(node, report.backgroundProblem !== undefined, nowMs);
    if (leftMs > 0) return leftMs;
    const component = components.get(node.spec.component);
    const unresolved = this.#unresolved(node);
    const edgeTypes = this.#edgeTypes.problemsOf(node, report.ports);
    const wanted = nodeStatusOf({
      ...{ node, report, component, module },
      unresolved,
      edgeTypes,
      isSuspended,
      nowMs,
    });
    const stamp = { leaderEpoch: epoch, lastUpdateTime: momentOf(nowMs) };
    const isWritten = await writeStatus(client, node, wanted, { stamp, signal });
    if (isWritten) this.#tell(node, wanted);
    return RESYNC_MS;
  }

  /** What `kubectl describe` shows of a node that is not ready, and when it is again; a node that just works says nothing. */
  #tell(node: TinyNode, wanted: TinyNodeStatus): void {
    const before = findCondition(node.status?.conditions, 'Ready');
    const now = findCondition(wanted.conditions, 'Ready');
    const isSame = now?.status === before?.status && now?.message === before?.message;
    if (now === undefined || isSame || (now.status === 'True' && before === undefined)) return;
    const type = now.status === 'True' ? 'Normal' : 'Warning';
    this.#options.recorder.event(node, { type, reason: now.reason, message: now.message });
  }

  #isOwn({ spec }: TinyNode): boolean {
    return isSameModule(spec.module, this.#options.module.name);
  }

  #flowOf({ metadata }: TinyNode): TinyFlow | undefined {
    const flow = metadata.labels?.[FLOW_LABEL];
    return flow === undefined
      ? undefined
      : this.#options.caches.flows.lister.get(metadata.namespace ?? '', flow);
  }

  /** Its flow was deleted, and the node follows in a moment: one that was suspended must not begin to run before. */
  #goesWithItsFlow(node: TinyNode): boolean {
    const { name = '', labels, ownerReferences = [] } = node.metadata;
    const flow = labels?.[FLOW_LABEL];
    const isOwned = ownerReferences.some((owner) => owner.kind === TINY_FLOW.kind && owner.name === flow);
    return isOwned && this.#flowOf(node) === undefined && this.#options.scheduler.runner(name) !== undefined;
  }

  #unresolved(node: TinyNode): readonly string[] {
    const { lister } = this.#options.caches.nodes;
    return (node.spec.edges ?? []).flatMap(({ id, to, toPort }) => {
      const target = lister.get(node.metadata.namespace ?? '', to);
      if (target === undefined) return [`edge ${id}: there is no TinyNode ${to}`];
      const ports = target.status?.ports;
      if (ports === undefined)
        return [`edge ${id}: node ${to} is not up yet; is module ${target.spec.module} running?`];
      if (ports.some((port) => port.name === toPort && !port.source)) return [];
      return [`edge ${id}: node ${to} has no in port ${toPort}`];
    });
  }
}

/** Passes what a node's own reconciliation depends on: its spec, labels, and state shared by replicas. */
export function isOwnChange(event: CacheEvent<TinyNode>): boolean {
  return (
    event.type !== 'update' ||
    desiredStateChanged(event) ||
    event.object.metadata.uid !== event.old.metadata.uid ||
    isStatusLost(event.object)
  );
}

/** Passes what the senders of a node depend on: that it is there, and which ports it has, with what they take. */
export function isTargetChange(event: CacheEvent<TinyNode>): boolean {
  return (
    event.type !== 'update' ||
    event.object.spec.component !== event.old.spec.component ||
    stringifyJson(portFacts(event.object)) !== stringifyJson(portFacts(event.old))
  );
}

/** Passes what the senders to a module's nodes depend on: what its components take. */
export function isComponentsChange(event: CacheEvent<TinyModule>): boolean {
  return (
    event.type !== 'update' ||
    !isJsonEqual(componentsOf(event.object) as Json, componentsOf(event.old) as Json)
  );
}

function componentsOf({ status }: TinyModule): unknown {
  return status?.components ?? null;
}

/** Passes what the signals of a node depend on: that it is there, and whose it is. */
export function isOwnerChange(event: CacheEvent<TinyNode>): boolean {
  return event.type !== 'update' || event.object.spec.module !== event.old.spec.module;
}

/** Passes what the nodes of a flow depend on; its status says what they themselves add up to. */
export function isFlowChange(event: CacheEvent<TinyFlow>): boolean {
  return (
    event.type !== 'update' ||
    !isJsonEqual(event.object.spec as unknown as Json, event.old.spec as unknown as Json)
  );
}

function portFacts({ spec, status }: TinyNode): unknown {
  return [status?.ports?.map(({ name, source, schema }) => [name, source, schema]), spec.ports];
}

/** Somebody took the status away, or wrote it as if nobody ran the node: only its leader says what its component is. */
function isStatusLost(node: TinyNode): boolean {
  return findCondition(node.status?.conditions, 'ComponentAvailable') === undefined;
}
