import { TINY_FLOW_CRD, TINY_PROJECT_CRD } from './crds/groups.ts';
import { TINY_MODULE_CRD } from './crds/tiny-module.ts';
import { TINY_NODE_CRD } from './crds/tiny-node.ts';
import { TINY_SIGNAL_CRD } from './crds/tiny-signal.ts';
import { TINY_TRACKER_CRD } from './crds/tiny-tracker.ts';
import type { CustomResourceDefinition } from './crds/crd.ts';

/** The six CustomResourceDefinitions, in the order in which they are applied. */
export const CRDS: readonly CustomResourceDefinition[] = [
  TINY_PROJECT_CRD,
  TINY_FLOW_CRD,
  TINY_MODULE_CRD,
  TINY_NODE_CRD,
  TINY_SIGNAL_CRD,
  TINY_TRACKER_CRD,
];

export {
  type ConditionDraft,
  MAX_MESSAGE_LENGTH,
  clipMessage,
  findCondition,
  stampConditions,
} from './conditions.ts';
export type { CustomResourceDefinition } from './crds/crd.ts';
export {
  API_GROUP,
  API_VERSION,
  FLOW_LABEL,
  type KindNames,
  NODE_LABEL,
  PROJECT_LABEL,
  TINY_FLOW,
  TINY_MODULE,
  TINY_NODE,
  TINY_PROJECT,
  TINY_SIGNAL,
  TINY_TRACKER,
} from './group.ts';
export { readableNode, unreadableBecause } from './node-shape.ts';
export { MAX_TRACKED_TRACES, MAX_TRACKING_REPLICAS } from './crds/tiny-tracker.ts';
export { nodeSpecFromTinyNode } from './node-spec.ts';
export type {
  Condition,
  ConditionedStatus,
  GroupStatus,
  ObjectMeta,
  OwnerReference,
  SignalPhase,
  TinyFlow,
  TinyFlowSpec,
  TinyModule,
  TinyModuleComponent,
  TinyModuleEndpoint,
  TinyModuleSpec,
  TinyModuleStatus,
  TinyNode,
  TinyNodeEdge,
  TinyNodePort,
  TinyNodeRetry,
  TinyNodeSpec,
  TinyNodeStatus,
  TinyProject,
  TinyProjectSpec,
  TinyResource,
  TinySignal,
  TinySignalSpec,
  TinySignalStatus,
  TinyTracker,
  TinyTrackerSpec,
  TinyTrackerStatus,
  TrackedTrace,
  TrackingReplica,
  TrackerPayload,
} from './types.ts';
