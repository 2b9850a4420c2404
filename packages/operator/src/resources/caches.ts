import {
  FLOW_LABEL,
  PROJECT_LABEL,
  type TinyFlow,
  type TinyModule,
  type TinyNode,
  type TinyProject,
  type TinySignal,
  type TinyTracker,
} from '@tinysystems/api';
import {
  type Client,
  Informer,
  type KubeObject,
  type KubernetesMetrics,
  type Logger,
  type ResourceType,
  type Runnable,
  withoutManagedFields,
} from '@tinysystems/kubernetes';
import { NodeTrimmer } from './node-trimmer.ts';
import { onceRefused } from './once-refused.ts';
import { FLOWS, MODULES, NODES, PROJECTS, SIGNALS, TRACKERS } from './types.ts';

/** Index of TinyNodes by the nodes their edges lead to. */
export const BY_TARGET = 'target';
/** Index of TinyNodes by their flow; of TinyNodes and TinyFlows by their project. */
export const BY_FLOW = 'flow';
export const BY_PROJECT = 'project';
/** Index of TinySignals by their node. */
export const BY_NODE = 'node';

/** What this process knows of its namespace. */
export interface Caches {
  readonly nodes: Informer<TinyNode>;
  readonly modules: Informer<TinyModule>;
  readonly signals: Informer<TinySignal>;
  readonly flows: Informer<TinyFlow>;
  readonly projects: Informer<TinyProject>;
  readonly trackers: Informer<TinyTracker>;
}

/** What treats all caches alike sees of one. */
export type Cache = Runnable & { readonly hasSynced: boolean };

/** What caches are made from. */
export interface CachesOptions {
  readonly client: Client;
  readonly namespace: string;
  /** Whose nodes are cached whole. */
  readonly moduleName: string;
  readonly logger: Logger;
  readonly metrics: KubernetesMetrics;
  /** Told once of a kind that cannot be read, with what to do about it. */
  readonly onRefusal: (advice: string) => void;
}

/** Makes one informer for each kind; the manager runs them. */
export function createCaches(options: CachesOptions): Caches {
  const { client, namespace, moduleName, logger, metrics, onRefusal } = options;
  const informer = <T extends KubeObject>(
    type: ResourceType<T>,
    indexers: Record<string, (object: T) => readonly string[]> = {},
    transform: (object: T) => T = withoutManagedFields,
  ) =>
    new Informer({
      client: client.resource(type, namespace),
      indexers,
      transform,
      logger: onceRefused(logger, onRefusal),
      metrics,
    });
  const label = (key: string) => (object: KubeObject) =>
    [object.metadata.labels?.[key]].filter((value) => value !== undefined);
  const trimmer = new NodeTrimmer(moduleName);
  const nodes = informer(
    NODES,
    {
      [BY_TARGET]: (node) => [...new Set((node.spec.edges ?? []).map((edge) => edge.to))],
      [BY_FLOW]: label(FLOW_LABEL),
      [BY_PROJECT]: label(PROJECT_LABEL),
    },
    (node) => trimmer.trim(node),
  );
  return {
    nodes,
    modules: informer(MODULES),
    signals: informer(SIGNALS, { [BY_NODE]: (signal) => [signal.spec.node] }),
    flows: informer(FLOWS, { [BY_PROJECT]: label(PROJECT_LABEL) }),
    projects: informer(PROJECTS),
    trackers: informer(TRACKERS),
  };
}

/** Those that a module cannot work without, and waits for before it is ready. */
export function moduleCaches({ nodes, modules, signals, flows }: Caches): readonly Cache[] {
  return [nodes, modules, signals, flows];
}

/** Those that only the flow controllers read: who may not read them leaves that work to another module. */
export function groupCaches({ projects, trackers }: Caches): readonly Cache[] {
  return [projects, trackers];
}
