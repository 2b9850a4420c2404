import { FLOW_LABEL, PROJECT_LABEL, type TinyNode, findCondition } from '@tinysystems/api';
import {
  type CacheEvent,
  Controller,
  type Election,
  type Informer,
  type KubeObject,
  Manager,
  type ResourceType,
  type Runnable,
  desiredStateChanged,
  keyFrom,
  keyOf,
} from '@tinysystems/kubernetes';
import { isSameModule } from '@tinysystems/core';
import type { ClientPool } from '@tinysystems/transport';
import type { Foundation } from './foundation.ts';
import { createOwnerControllers } from './owner-controllers.ts';
import { FlowReconciler } from './reconcilers/flow-reconciler.ts';
import { ProjectReconciler } from './reconcilers/project-reconciler.ts';
import { StrayNodeReconciler } from './reconcilers/stray-node-reconciler.ts';
import { StraySignalReconciler } from './reconcilers/stray-signal-reconciler.ts';
import { TrackerReconciler } from './reconcilers/tracker-reconciler.ts';
import { isOwnerChange } from './reconcilers/node-reconciler.ts';
import { candidate } from './replica-identity.ts';
import { BY_NODE, groupCaches } from './resources/caches.ts';
import { quietOnConflict } from './resources/quiet-on-conflict.ts';
import { whileHeld } from './resources/while-held.ts';
import { FLOWS, NODES, PROJECTS, SIGNALS, TRACKERS } from './resources/types.ts';

/** The Lease of the one replica in a namespace, of all modules, that looks after what belongs to no module. */
export const FLOW_LEASE = 'tinysystems-flow-controller';

/** Builds what looks after flows, projects, trackers, stray nodes and stray signals, with an election of its own. */
export function createFlowManager(foundation: Foundation, pool: ClientPool): Runnable {
  const { control, namespace, identity, options, runtime } = foundation;
  const elector = options.isLeaderElected
    ? control.elector({ namespace, leaseName: FLOW_LEASE, ...candidate(identity), ...options.lease })
    : undefined;
  const manager = new Manager({ ...(elector !== undefined && { elector }), logger: runtime.logger });
  for (const cache of groupCaches(foundation.caches)) manager.add(cache, { group: 'cache' });
  const controllers = [
    ...createControllers(foundation, elector, pool),
    ...createOwnerControllers(foundation, elector),
  ];
  for (const controller of controllers) manager.add(controller, { group: 'leader' });
  return { name: 'flow controllers', run: (signal) => manager.run(signal) };
}

function createControllers(
  { caches, client, namespace, identity, clock, runtime, tracing }: Foundation,
  elector: Election | undefined,
  pool: ClientPool,
): readonly Controller[] {
  const writes = <T extends KubeObject>(cache: Informer<T>, type: ResourceType<T>) =>
    whileHeld(cache.withOwnWrites(client.resource(type, namespace)), elector);
  const flows = new FlowReconciler(caches, writes(caches.flows, FLOWS), clock);
  const projects = new ProjectReconciler(caches, writes(caches.projects, PROJECTS), clock);
  const trackers = new TrackerReconciler({
    ...{ caches, identity, pool, clock },
    client: writes(caches.trackers, TRACKERS),
    own: tracing.tracer.trackers,
  });
  const nodes = new StrayNodeReconciler(caches, writes(caches.nodes, NODES), clock);
  const signals = new StraySignalReconciler(caches, writes(caches.signals, SIGNALS), clock);
  const named = (label: string) => (object: KubeObject) => {
    const name = object.metadata.labels?.[label];
    return name === undefined ? [] : [keyFrom(object.metadata.namespace ?? '', name)];
  };
  const nodesOf = (module: KubeObject) =>
    caches.nodes.lister.list().filter(({ spec }) => isSameModule(spec.module, module.metadata.name ?? ''));
  const signalsTo = (node: TinyNode) =>
    caches.signals.lister.byIndex(BY_NODE, node.metadata.name ?? '').map(keyOf);
  return [
    new Controller({
      name: 'tinyflow',
      reconcile: quietOnConflict((key, signal) => flows.reconcile(key, signal)),
      ...runtime,
    })
      .watch(caches.flows, { predicate: isDesiredOrLost })
      .watch(caches.nodes, { predicate: isReadinessChange, keys: named(FLOW_LABEL) }),
    new Controller({
      name: 'tinyproject',
      reconcile: quietOnConflict((key, signal) => projects.reconcile(key, signal)),
      ...runtime,
    })
      .watch(caches.projects, { predicate: isDesiredOrLost })
      .watch(caches.flows, { predicate: desiredStateChanged, keys: named(PROJECT_LABEL) })
      .watch(caches.nodes, { predicate: isReadinessChange, keys: named(PROJECT_LABEL) }),
    new Controller({
      name: 'tinytracker',
      reconcile: quietOnConflict((key, signal) => trackers.reconcile(key, signal)),
      ...runtime,
    }).watch(caches.trackers, { predicate: isDesiredOrLost }),
    new Controller({
      name: 'stray-tinynode',
      reconcile: quietOnConflict((key, signal) => nodes.reconcile(key, signal)),
      ...runtime,
    })
      .watch(caches.nodes, { predicate: isOwnerChange })
      .watch(caches.modules, {
        predicate: (event) => event.type !== 'update',
        keys: (module) => nodesOf(module).map(keyOf),
      }),
    new Controller({
      name: 'stray-tinysignal',
      reconcile: quietOnConflict((key) => signals.reconcile(key)),
      ...runtime,
    })
      .watch(caches.signals)
      .watch(caches.nodes, {
        predicate: isOwnerChange,
        keys: signalsTo,
      })
      .watch(caches.modules, {
        predicate: (event) => event.type === 'delete',
        keys: (module) => nodesOf(module).flatMap(signalsTo),
      }),
  ];
}

function isReadinessChange(event: CacheEvent<TinyNode>): boolean {
  if (event.type !== 'update') return true;
  return summary(event.object) !== summary(event.old);
}

function summary({ metadata, spec, status }: TinyNode): string {
  const ready = findCondition(status?.conditions, 'Ready');
  return JSON.stringify([
    metadata.generation,
    metadata.labels,
    spec.module,
    ready?.status,
    ready?.message,
    ready?.observedGeneration,
    status?.error,
  ]);
}

function isDesiredOrLost(
  event: CacheEvent<KubeObject & { readonly status?: { readonly conditions?: unknown } }>,
): boolean {
  return (
    event.type !== 'update' ||
    event.object.metadata.generation !== event.old.metadata.generation ||
    event.object.status?.conditions === undefined
  );
}
