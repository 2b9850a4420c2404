export { ATTRIBUTES, type SpanError, type SpanRecord } from '@tinysystems/core';
export { ComponentRegistry } from './component-registry.ts';
export { MAX_DETACHED } from './runner/detached.ts';
export type { LoopWatch } from './loop-watch.ts';
export {
  type EdgeMeter,
  type EngineMetrics,
  NO_METRICS,
  type NodeGauges,
  type NodeLabels,
  type NodeMeter,
  type PortMeter,
} from './metrics.ts';
export { type NodeDirectory, type RouterOptions, UNKNOWN_NODE_WAIT_MS, createRouter } from './router.ts';
export { BACKGROUND_DEADLINE_MS } from './runner/handle.ts';
export { SETTINGS_TIMEOUT_MS } from './runner/instance.ts';
export type { InstanceOptions } from './runner/instance-options.ts';
export { DRAIN_TIMEOUT_MS, END_TIMEOUT_MS } from './runner/live.ts';
export { beganBy, whoBegan } from './runner/origin.ts';
export type { NodeReport } from './runner/report.ts';
export type { EndReason } from './runner/end-reason.ts';
export { Runner } from './runner/runner.ts';
export { MAX_NODE_WAITERS, NODE_READY_WAIT_MS, Scheduler, type SchedulerOptions } from './scheduler.ts';
export { CHAINS_AT_ONCE, CHAINS_PER_SECOND, DEFAULT_TRACING, Sampler } from './sampler.ts';
export type { Handled, SpanSubject } from './spans.ts';
export {
  MAX_TRACES,
  MAX_TRACKERS,
  NodeTrackers,
  type Recorded,
  type RecordedTrace,
  type Trackable,
  type Tracked,
  type TrackerPayload,
  type TrackerSpec,
  Trackers,
} from './trackers.ts';
export {
  FAILURES_AT_ONCE,
  FAILURES_PER_SECOND,
  FAILURE_PAYLOADS_AT_ONCE,
  FAILURE_PAYLOADS_PER_SECOND,
  Tracer,
  type TracerOptions,
} from './tracer.ts';
export type { SecretProblem, SecretReading, SecretSource } from './secret-source.ts';
