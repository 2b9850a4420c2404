export { Informer, withoutManagedFields } from './cache/informer.ts';
export type { EventHandler, InformerOptions } from './cache/informer.ts';
export type { Lister } from './cache/lister.ts';
export type { ListWatchClient } from './cache/reflector.ts';
export type { Indexer } from './cache/store.ts';
export { ApiError } from './client/api-error.ts';
export type { ApiErrorOptions, Status, StatusDetails } from './client/api-error.ts';
export { Client } from './client/client.ts';
export type { ClientOptions } from './client/client.ts';
export type { ClusterConfig } from './client/cluster-config.ts';
export { loadClusterConfig } from './client/config.ts';
export type { LoadClusterConfigOptions } from './client/config.ts';
export type { JsonCodec } from './client/json-codec.ts';
export type { JsonPatchOperation } from './client/patch.ts';
export type {
  ApplyOptions,
  CallOptions,
  DeleteOptions,
  ListOptions,
  ObjectList,
  PatchOptions,
  ResourceClient,
  WatchOptions,
  WriteOptions,
} from './client/resource-client.ts';
export { UnreachableError } from './client/unreachable-error.ts';
export { systemClock } from './clock.ts';
export type { Clock, Timer } from './clock.ts';
export { ControlThread } from './control/control-thread.ts';
export type { ControlThreadOptions } from './control/control-thread.ts';
export type { Control, ElectorOptions, ProbeOptions, ProbeServer } from './control/control.ts';
export { createInlineControl } from './control/inline-control.ts';
export type { InlineControlOptions } from './control/inline-control.ts';
export type { Reconcile, ReconcileResult } from './controller/attempt.ts';
export { Controller } from './controller/controller.ts';
export type { ControllerOptions, WatchedOptions } from './controller/controller.ts';
export { desiredStateChanged } from './controller/predicates.ts';
export type { CacheEvent, Predicate } from './controller/predicates.ts';
export { RateLimiter } from './controller/rate-limiter.ts';
export { WorkQueue } from './controller/work-queue.ts';
export type { AddOptions, WorkQueueOptions } from './controller/work-queue.ts';
export { EVENT } from './events/event.ts';
export type { Event, EventType, ObjectReference } from './events/event.ts';
export { EventRecorder } from './events/event-recorder.ts';
export type { EventDescription, EventRecorderOptions } from './events/event-recorder.ts';
export type { Election } from './leader/election.ts';
export { LEASE, microTime } from './leader/lease.ts';
export type { Lease, LeaseSpec } from './leader/lease.ts';
export { LeaderElector } from './leader/leader-elector.ts';
export type { ElectionState, LeaderElectorOptions } from './leader/leader-elector.ts';
export { silentLogger } from './logger.ts';
export type { Logger } from './logger.ts';
export { HealthServer } from './manager/health-server.ts';
export type { Check, HealthHandler, HealthServerOptions } from './manager/health-server.ts';
export { Manager } from './manager/manager.ts';
export type { GroupName, ManagerOptions } from './manager/manager.ts';
export { METRICS, noMetrics } from './metrics.ts';
export type { KubernetesMetrics, MetricDefinition, MetricLabels, MetricName } from './metrics.ts';
export { keyFrom, keyOf, parseKey } from './object.ts';
export type { KubeObject, ObjectKey, ObjectMeta, OwnerReference } from './object.ts';
export type { Random } from './random.ts';
export { apiVersionOf, resourceType } from './resource-type.ts';
export type { ResourceType } from './resource-type.ts';
export type { Runnable } from './runnable.ts';
export { GarbledWatchError } from './watch/garbled-watch-error.ts';
export type { BookmarkEvent, ObjectEvent, WatchEvent } from './watch/watch-event.ts';
