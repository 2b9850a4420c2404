export { type OperatorOptions, type ProcessLike, runOperator } from './run-operator.ts';
export { createOperator } from './operator.ts';
export type { OperatorParts } from './foundation.ts';
export { type ProcessOptions, parseOptions } from './options.ts';
export { type Metrics, createMetrics } from './telemetry/metrics.ts';
export { SpanRing } from './telemetry/span-ring.ts';
export { type Tracing, startTracing } from './telemetry/tracing.ts';
