import { FLOW_LABEL, PROJECT_LABEL, TINY_FLOW, TINY_NODE, TINY_PROJECT } from '@tinysystems/api';
import {
  type CacheEvent,
  Controller,
  type Election,
  type Informer,
  type KubeObject,
  type ResourceType,
  keyOf,
} from '@tinysystems/kubernetes';
import type { Foundation } from './foundation.ts';
import { OwnerReconciler, type OwnerReconcilerOptions } from './reconcilers/owner-reconciler.ts';
import { BY_FLOW, BY_NODE, BY_PROJECT } from './resources/caches.ts';
import { quietOnConflict } from './resources/quiet-on-conflict.ts';
import { FLOWS, NODES, SIGNALS } from './resources/types.ts';
import { whileHeld } from './resources/while-held.ts';

/** A signal that is delivered at once is claimed and ended before its metadata are touched, milliseconds. */
const SIGNAL_WAIT_MS = 2000;

/** Those that make deletion cascade: project → flow → node → signal. */
export function createOwnerControllers(
  { caches, client, namespace, clock, runtime }: Foundation,
  elector: Election | undefined,
): readonly Controller[] {
  const owned = <T extends KubeObject>(
    cache: Informer<T>,
    type: ResourceType<T>,
    options: Pick<OwnerReconcilerOptions<T>, 'belongingOf' | 'waitMs'>,
  ) => {
    const writes = whileHeld(cache.withOwnWrites(client.resource(type, namespace)), elector);
    const owners = new OwnerReconciler({ cache, client: writes, ...options });
    return new Controller({
      name: `owner-of-${type.kind.toLowerCase()}`,
      reconcile: quietOnConflict((key, signal) => owners.reconcile(key, signal)),
      ...runtime,
    }).watch(cache, { predicate: isBelongingChange });
  };
  const { flows, projects, nodes, signals } = caches;
  const belongingTo = <T extends KubeObject>(kind: string, cache: Informer<T>, name: string | undefined) =>
    name === undefined ? undefined : { kind, name, owner: cache.lister.get(namespace, name) };
  const projectOf = ({ metadata }: KubeObject) =>
    belongingTo(TINY_PROJECT.kind, projects, metadata.labels?.[PROJECT_LABEL]);
  const flowOf = ({ metadata }: KubeObject) =>
    belongingTo(TINY_FLOW.kind, flows, metadata.labels?.[FLOW_LABEL]);
  const members = <T extends KubeObject>(cache: Informer<T>, index: string) => ({
    predicate: isComing,
    keys: (owner: KubeObject) => cache.lister.byIndex(index, owner.metadata.name ?? '').map(keyOf),
  });
  return [
    owned(flows, FLOWS, { belongingOf: projectOf }).watch(projects, members(flows, BY_PROJECT)),
    owned(nodes, NODES, { belongingOf: (node) => flowOf(node) ?? projectOf(node) })
      .watch(flows, members(nodes, BY_FLOW))
      .watch(projects, members(nodes, BY_PROJECT)),
    owned(signals, SIGNALS, {
      belongingOf: ({ spec }) => belongingTo(TINY_NODE.kind, nodes, spec.node),
      waitMs: ({ metadata }) => Date.parse(metadata.creationTimestamp ?? '') + SIGNAL_WAIT_MS - clock.now(),
    }).watch(nodes, members(signals, BY_NODE)),
  ];
}

/** Passes what decides whom an object belongs to. */
function isBelongingChange(event: CacheEvent<KubeObject>): boolean {
  if (event.type !== 'update') return event.type === 'add';
  const facts = ({ metadata }: KubeObject) => JSON.stringify([metadata.labels, metadata.ownerReferences]);
  return facts(event.object) !== facts(event.old);
}

/** Passes an owner that others may have waited for. */
function isComing(event: CacheEvent<KubeObject>): boolean {
  return (
    event.type === 'add' || (event.type === 'update' && event.object.metadata.uid !== event.old.metadata.uid)
  );
}
