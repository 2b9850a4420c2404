import type { ByteBudget, Deliver } from '@tinysystems/core';
import { type Scheduler, beganBy } from '@tinysystems/engine';
import type { Runnable } from '@tinysystems/kubernetes';
import { type CertificateFiles, ModuleServer, type RefusalMeter } from '@tinysystems/transport';
import type { ModulePublisher } from './discovery/module-publisher.ts';
import { EdgeGuard } from './edge-guard.ts';
import type { Foundation } from './foundation.ts';
import { watchIntake } from './telemetry/load-metrics.ts';

const STOP_GRACE_MS = 10_000;

/** What a message server works with. */
export interface MessageServerOptions {
  readonly foundation: Foundation;
  readonly scheduler: Scheduler;
  /** Delivers to the nodes of this module. */
  readonly accept: Deliver;
  readonly budget: ByteBudget;
  readonly certificates: CertificateFiles | undefined;
  readonly onRefusal: RefusalMeter;
  readonly publisher: ModulePublisher;
  /** It listens, and its address is known to the publisher. */
  readonly onOpen: (address: string) => void;
}

/** Takes the messages of other modules. Stops in the order that loses none: off the list, nodes drained, then closed. */
export class MessageServer implements Runnable {
  readonly name = 'message server';
  readonly #options: MessageServerOptions;
  #isOpen = false;

  constructor(options: MessageServerOptions) {
    this.#options = options;
  }

  /** Whether it listens. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { foundation, scheduler, accept, budget, publisher, certificates, onRefusal, onOpen } =
      this.#options;
    const { options, caches, namespace, clock, log, tracing, metrics } = foundation;
    using guard = new EdgeGuard({ nodes: caches.nodes, namespace, clock, onRefusal });
    const server = new ModuleServer({
      address: options.grpcAddress.startsWith(':') ? `0.0.0.0${options.grpcAddress}` : options.grpcAddress,
      deliver: (message, callSignal) => beganBy(message.to.node, () => accept(message, callSignal)),
      authorise: (message, peer, callSignal) =>
        guard.allows(message, peer) ? undefined : guard.authorise(message, peer, callSignal),
      clock,
      budget,
      certificates,
      onRefusal,
      hasReflection: options.hasGrpcReflection,
      recorded: (trackerUids) => tracing.tracer.trackers.recorded(trackerUids),
    });
    watchIntake(metrics.registry, guard, server);
    await server.listen();
    this.#isOpen = true;
    const address = `${options.advertisedHost}:${server.port}`;
    publisher.open(address);
    onOpen(address);
    await ended(signal);
    this.#isOpen = false;
    try {
      await publisher.close();
    } catch (error) {
      log.warn({ err: error }, 'this replica could not be taken off the list of replicas');
    }
    try {
      await scheduler.stop();
    } finally {
      await server.stop(STOP_GRACE_MS);
    }
  }
}

function ended(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
