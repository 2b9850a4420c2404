import { API_GROUP, API_VERSION, TINY_MODULE } from '@tinysystems/api';
import {
  type Clock,
  type Component,
  type Log,
  SecretMask,
  parseJson,
  stringifyJson,
  systemClock,
} from '@tinysystems/core';
import { ComponentRegistry } from '@tinysystems/engine';
import {
  Client,
  type ClusterConfig,
  type Control,
  type Election,
  EventRecorder,
  type KubernetesMetrics,
  type Logger,
  createInlineControl,
} from '@tinysystems/kubernetes';
import type { ProcessOptions } from './options.ts';
import { candidate, newReplicaIdentity } from './replica-identity.ts';
import { type Caches, createCaches } from './resources/caches.ts';
import { Leadership } from './resources/leadership.ts';
import { onNewRefusal } from './resources/on-new-refusal.ts';
import type { Metrics } from './telemetry/metrics.ts';
import type { Tracing } from './telemetry/tracing.ts';

/** What an operator is built from. */
export interface OperatorParts {
  readonly options: ProcessOptions;
  readonly sdkVersion: string;
  readonly components: readonly Component[];
  readonly cluster: ClusterConfig;
  readonly namespace: string;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly tracing: Tracing;
  /** Where elections and probes run. Default: on the main loop. */
  readonly control?: Control;
  /** Hides secrets; the logger should know it too. Default: a new one. */
  readonly mask?: SecretMask;
}

/** What every part of an operator stands on. */
export interface Foundation extends Omit<OperatorParts, 'components' | 'sdkVersion' | 'control' | 'mask'> {
  readonly module: { readonly name: string; readonly version: string; readonly sdkVersion: string };
  /** Name of this replica with a suffix that is new for each process. */
  readonly identity: string;
  readonly clock: Clock;
  readonly client: Client;
  readonly caches: Caches;
  readonly components: ComponentRegistry;
  readonly recorder: EventRecorder;
  /** `undefined`: no election, this replica is the only one. */
  readonly elector: Election | undefined;
  readonly leadership: Leadership;
  readonly control: Control;
  readonly mask: SecretMask;
  /** What parts of the controller runtime report to. */
  readonly runtime: { readonly logger: Logger; readonly metrics: KubernetesMetrics };
}

/** Builds it; nothing starts. */
export function createFoundation(parts: OperatorParts): Foundation {
  const { options, components, cluster, namespace, log, metrics, sdkVersion } = parts;
  const { moduleName, version, podName } = options;
  const identity = newReplicaIdentity(podName);
  const runtime = { logger: log, metrics: metrics.kubernetes };
  const client = new Client({
    config: cluster,
    userAgent: `${moduleName}/${version}`,
    ...runtime,
    codec: { parse: parseJson, stringify: stringifyJson },
  });
  const recorder = new EventRecorder({ client, component: moduleName, instance: identity, ...runtime });
  const apiVersion = `${API_GROUP}/${API_VERSION}`;
  const own = { apiVersion, kind: TINY_MODULE.kind, metadata: { name: moduleName, namespace } };
  const warn = (reason: string) => (message: string) =>
    recorder.event(own, { type: 'Warning', reason, message });
  const control = parts.control ?? createInlineControl({ client, ...runtime });
  const elector = options.isLeaderElected
    ? control.elector({
        namespace,
        leaseName: `${moduleName}-lock`,
        ...candidate(identity),
        ...options.lease,
        onState: onNewRefusal(warn('LeaseRefused')),
      })
    : undefined;
  return {
    ...parts,
    module: { name: moduleName, version, sdkVersion },
    identity,
    clock: systemClock,
    client,
    caches: createCaches({ client, namespace, moduleName, onRefusal: warn('ListRefused'), ...runtime }),
    components: new ComponentRegistry(components),
    recorder,
    control,
    mask: parts.mask ?? new SecretMask(),
    elector,
    leadership: new Leadership(elector),
    runtime,
  };
}
