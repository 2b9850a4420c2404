import { ByteBudget, type Deliver, systemRandom } from '@tinysystems/core';
import { type LoopWatch, Scheduler, createRouter } from '@tinysystems/engine';
import { AddressBook, type CertificateFiles, ClientPool, type RefusalMeter } from '@tinysystems/transport';
import type { Foundation } from './foundation.ts';
import { NodeSecrets } from './resources/node-secrets.ts';
import { CachedNodeDirectory } from './resources/node-directory.ts';
import { NodeStates } from './resources/node-state.ts';
import { NODES } from './resources/types.ts';
import { watchLoad } from './telemetry/load-metrics.ts';

/** The parts that a message passes in this process. */
export interface MessagePath {
  readonly scheduler: Scheduler;
  /** Takes a message of another module; see {@link createMessagePath}. */
  readonly accept: Deliver;
  readonly pool: ClientPool;
  readonly book: AddressBook;
  /** What has entered this process and is not answered yet, however it came. */
  readonly budget: ByteBudget;
  readonly secrets: NodeSecrets;
}

/** What the message path tells. */
export interface MessagePathOptions {
  /** The report or the view of a node changed by itself. */
  readonly onChange: (node: string) => void;
  readonly loop: LoopWatch;
  readonly certificates: CertificateFiles | undefined;
  readonly onRefusal: RefusalMeter;
}

/**
 * Builds scheduler, router and client pool, and ties the one knot of the message path.
 *
 * A message of another module whose target no cache knows yet waits 2 s for it, as one of this module does. A target
 * that is another module's by now may be on its way back, so its message is not sent on: it waits until it is ready here.
 */
export function createMessagePath(
  foundation: Foundation,
  { onChange, loop, certificates, onRefusal }: MessagePathOptions,
): MessagePath {
  const { caches, client, namespace, clock, log, components, tracing, metrics, recorder, module, mask } =
    foundation;
  const book = new AddressBook();
  const pool = new ClientPool({
    book,
    clock,
    certificates,
    onRefusal,
    waiting: (message, wait) => tracing.tracer.waiting('module reachable', message, wait),
  });
  const budget = new ByteBudget();
  const states = new NodeStates({
    nodes: caches.nodes,
    client: caches.nodes.withOwnWrites(client.resource(NODES, namespace)),
    clock,
    log,
  });
  const secrets = new NodeSecrets({ client, namespace, clock, log, metrics: metrics.kubernetes, onChange });
  const directory = new CachedNodeDirectory(caches.nodes, clock);
  // scheduler → runner → router → scheduler
  const deliver: Deliver = (message, signal) => route(message, signal);
  const scheduler = new Scheduler({
    components,
    deliver,
    budget,
    freezesMessages: foundation.options.freezesMessages,
    createState: (spec, maxBytes) => states.of(spec, maxBytes),
    secrets,
    mask,
    tracer: tracing.tracer,
    metrics: metrics.engine,
    clock,
    random: systemRandom,
    log,
    onChange,
    loop,
    holdsLease: () => foundation.leadership.isLeading,
    warn: (node, reason, message) => {
      const object = caches.nodes.lister.get(namespace, node);
      if (object !== undefined) recorder.event(object, { type: 'Warning', reason, message });
    },
  });
  const own = {
    moduleName: module.name,
    directory,
    tracer: tracing.tracer,
    local: scheduler.deliver,
  };
  const route = createRouter({
    ...own,
    remote: (target, message, signal) => pool.deliver(target, message, signal),
  });
  const whenKnown = createRouter({
    ...own,
    remote: (_module, message, signal) => scheduler.deliver(message, signal),
  });
  // A Runner may outlive its TinyNode, to let the chains end that have passed it.
  const accept: Deliver = (message, signal) =>
    scheduler.runner(message.to.node) === undefined
      ? whenKnown(message, signal)
      : scheduler.deliver(message, signal);
  watchLoad(metrics.registry, { scheduler, budget, pool, directory, secrets });
  return { scheduler, accept, pool, book, budget, secrets };
}
