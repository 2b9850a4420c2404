import { Controller, type KubeObject, type ObjectKey, keyFrom, keyOf } from '@tinysystems/kubernetes';
import { beganBy } from '@tinysystems/engine';
import { quietOnConflict } from './resources/quiet-on-conflict.ts';
import type { ModulePublisher } from './discovery/module-publisher.ts';
import type { Foundation } from './foundation.ts';
import type { MessagePath } from './message-path.ts';
import { ModuleReconciler } from './reconcilers/module-reconciler.ts';
import {
  NodeReconciler,
  isComponentsChange,
  isFlowChange,
  isOwnChange,
  isOwnerChange,
  isTargetChange,
} from './reconcilers/node-reconciler.ts';
import { SignalReconciler } from './reconcilers/signal-reconciler.ts';
import { BY_FLOW, BY_NODE } from './resources/caches.ts';
import { NODES, SIGNALS } from './resources/types.ts';
import { watchSignals } from './telemetry/load-metrics.ts';

/** The controllers of one module. */
export interface Controllers {
  readonly node: Controller;
  readonly module: Controller;
  readonly own: Controller;
  readonly signal: Controller;
  readonly signals: SignalReconciler;
  /** Looks again at everything that only the leader writes. */
  readonly lookAgain: () => void;
  /** Says in the own endpoint where this replica is reached and whether it leads. */
  readonly publishEndpoint: () => void;
}

/** Builds the controllers; the manager runs them. */
export function createControllers(
  foundation: Foundation,
  path: MessagePath,
  publisher: ModulePublisher,
): Controllers {
  const { caches, client, namespace, module } = foundation;
  const signals = new SignalReconciler({
    ...foundation,
    moduleName: module.name,
    client: caches.signals.withOwnWrites(client.resource(SIGNALS, namespace)),
    deliver: (message, signal) => beganBy(message.to.node, () => path.scheduler.deliver(message, signal)),
    budget: path.budget,
    tracer: foundation.tracing.tracer,
  });
  watchSignals(foundation.metrics.registry, signals);
  const controllers = {
    node: createNodeController(foundation, path),
    module: createModuleController(foundation, path),
    own: createOwnController(foundation, publisher),
    signal: createSignalController(foundation, signals),
  };
  const publishEndpoint = () => controllers.own.enqueue(keyFrom(namespace, module.name));
  return {
    ...controllers,
    signals,
    publishEndpoint,
    lookAgain: () => {
      publishEndpoint();
      for (const key of keysOf(caches.nodes.lister.list())) controllers.node.enqueue(key);
      for (const key of keysOf(caches.signals.lister.list())) controllers.signal.enqueue(key);
    },
  };
}

function createNodeController(foundation: Foundation, { scheduler }: MessagePath): Controller {
  const { caches, client, namespace, options, runtime } = foundation;
  const reconciler = new NodeReconciler({
    ...foundation,
    scheduler,
    client: caches.nodes.withOwnWrites(client.resource(NODES, namespace)),
  });
  return new Controller({
    name: 'tinynode',
    workers: options.workers,
    reconcile: quietOnConflict((key, signal) => reconciler.reconcile(key, signal)),
    ...runtime,
  })
    .watch(caches.nodes, { predicate: isOwnChange })
    .watch(caches.nodes, { predicate: isTargetChange, keys: (node) => reconciler.sendersTo(node) })
    .watch(caches.modules, {
      predicate: isComponentsChange,
      keys: (module) => reconciler.sendersToModule(module),
    })
    .watch(caches.flows, {
      predicate: isFlowChange,
      keys: (flow) => keysOf(caches.nodes.lister.byIndex(BY_FLOW, flow.metadata.name ?? '')),
    });
}

function createModuleController({ caches, runtime }: Foundation, { book }: MessagePath): Controller {
  const reconciler = new ModuleReconciler(caches, book);
  return new Controller({
    name: 'tinymodule',
    reconcile: (key) => reconciler.reconcile(key),
    ...runtime,
  }).watch(caches.modules);
}

function createOwnController(
  { caches, namespace, module, runtime }: Foundation,
  publisher: ModulePublisher,
): Controller {
  const ownKey = keyFrom(namespace, module.name);
  return new Controller({
    name: 'own-tinymodule',
    workers: 1,
    reconcile: quietOnConflict((key, signal) => publisher.reconcile(key, signal)),
    ...runtime,
  }).watch(caches.modules, { keys: (object) => (object.metadata.name === module.name ? [ownKey] : []) });
}

function createSignalController(
  { caches, options, runtime }: Foundation,
  reconciler: SignalReconciler,
): Controller {
  const controller: Controller = new Controller({
    name: 'tinysignal',
    workers: options.workers,
    reconcile: quietOnConflict((key) => reconciler.reconcile(key, controller)),
    ...runtime,
  });
  return controller.watch(caches.signals).watch(caches.nodes, {
    predicate: isOwnerChange,
    keys: (node) => keysOf(caches.signals.lister.byIndex(BY_NODE, node.metadata.name ?? '')),
  });
}

function keysOf(objects: readonly KubeObject[]): readonly ObjectKey[] {
  return objects.map(keyOf);
}
