import { isSameModule } from '@tinysystems/core';
import { Manager, type Runnable, keyFrom } from '@tinysystems/kubernetes';
import { createCertificates } from './certificates.ts';
import { createControllers } from './controllers.ts';
import { EndpointJanitor } from './discovery/endpoint-janitor.ts';
import { ModulePublisher } from './discovery/module-publisher.ts';
import { DiagnosticsServer } from './diagnostics/diagnostics-server.ts';
import { createFlowManager } from './flow-manager.ts';
import { type Foundation, type OperatorParts, createFoundation } from './foundation.ts';
import { LeaderTerm } from './leader-term.ts';
import { LoopReporter } from './loop-reporter.ts';
import { type MessagePath, createMessagePath } from './message-path.ts';
import { MessageServer } from './message-server.ts';
import { createProbeServers } from './probe-servers.ts';
import { createRefusalReporter } from './refusal-reporter.ts';
import { moduleCaches } from './resources/caches.ts';
import { followTrackers } from './resources/live-trackers.ts';
import { MODULES } from './resources/types.ts';
import { addTracingMetrics } from './telemetry/tracing-metrics.ts';
import { UncaughtReporter } from './uncaught-reporter.ts';

/** A module's operator. */
export interface Operator extends Runnable {
  /** Tells of an error that nobody caught; whoever does that then aborts `run`. */
  readonly reportUncaught: (error: unknown) => void;
}

/**
 * Builds a module's operator: everything it is made of is built here, and nothing starts before `run`.
 * `run` serves until its signal aborts, and throws when a part failed for good.
 */
export function createOperator(parts: OperatorParts): Operator {
  const foundation = createFoundation(parts);
  const { client, caches, namespace, module, elector, log, recorder, options } = foundation;
  const loop = new LoopReporter(foundation);
  const certificates = createCertificates(foundation);
  const onRefusal = createRefusalReporter(foundation);
  const path = createMessagePath(foundation, {
    onChange: (node) => controllers.node.enqueue(keyFrom(namespace, node)),
    loop,
    certificates,
    onRefusal,
  });
  const diagnostics = new DiagnosticsServer({
    ...foundation,
    ...foundation.tracing,
    address: options.diagnosticsAddress,
  });
  addTracingMetrics(foundation.metrics.registry, { ...foundation, diagnostics });
  followTrackers(caches.trackers, foundation.tracing.tracer.trackers, log);
  const publisher = new ModulePublisher({
    ...foundation,
    diagnosticsAddress: () => diagnostics.address,
    serviceAddress: options.serviceAddress,
    client: caches.modules.withOwnWrites(client.resource(MODULES, namespace)),
  });
  const controllers = createControllers(foundation, path, publisher);
  const messages: MessageServer = new MessageServer({
    foundation,
    ...path,
    publisher,
    certificates,
    onRefusal,
    onOpen: (grpc) => {
      controllers.publishEndpoint();
      log.info(
        {
          grpc,
          health: probes.health.port,
          metrics: probes.metrics.port,
          diagnostics: diagnostics.address,
          identity: foundation.identity,
        },
        'module serves',
      );
    },
  });
  const probes = createProbeServers(foundation, {
    isOpen: () => messages.isOpen,
    areNodesTakenUp: onceTrue(() => areNodesTakenUp(foundation, path)),
  });
  const term = new LeaderTerm({
    ...foundation,
    ...path,
    publisher,
    signals: controllers.signals,
    lookAgain: controllers.lookAgain,
    publishEndpoint: controllers.publishEndpoint,
  });
  const janitor = new EndpointJanitor({
    ...foundation,
    moduleName: module.name,
    client: client.resource(MODULES, namespace),
  });

  const manager = new Manager({ ...(elector !== undefined && { elector }), logger: log });
  manager.add(probes.health, { group: 'http' }).add(probes.metrics, { group: 'http' });
  manager.add(diagnostics, { group: 'http' });
  for (const cache of moduleCaches(caches)) manager.add(cache, { group: 'cache' });
  manager.add(controllers.node).add(controllers.module).add(controllers.own).add(controllers.signal);
  manager.add(messages).add(createFlowManager(foundation, path.pool));
  manager.add(term, { group: 'leader' }).add(janitor, { group: 'leader' });
  return {
    name: module.name,
    reportUncaught: new UncaughtReporter(foundation).report,
    async run(signal) {
      await using stack = new AsyncDisposableStack();
      stack.use(client);
      stack.use(recorder);
      stack.use(path.pool);
      stack.use(path.secrets);
      stack.defer(loop.start());
      stack.use(certificates);
      await certificates?.open();
      await manager.run(signal);
    },
  };
}

function areNodesTakenUp({ caches, module }: Foundation, { scheduler }: MessagePath): boolean {
  if (!caches.nodes.hasSynced) return false;
  const own = caches.nodes.lister.list().filter((node) => isSameModule(node.spec.module, module.name));
  return own.every((node) => scheduler.runner(node.metadata.name ?? '')?.isSettled === true);
}

/** Asks until the answer is yes, then never again: a node made later does not take a replica out of service. */
function onceTrue(ask: () => boolean): () => boolean {
  let isTrue = false;
  return () => (isTrue ||= ask());
}
