export type {
  Background,
  Charge,
  Component,
  Json,
  Log,
  NodeState,
  Reply,
  TraceContext,
} from '@tinysystems/core';
export {
  type Clock,
  REDACTED,
  TinyError,
  formatTraceparent,
  isJsonEqual,
  parseJson,
  parseTraceparent,
  redact,
  sleep,
  stringifyJson,
  systemClock,
} from '@tinysystems/core';
export {
  type ComponentBehaviour,
  type ComponentDescription,
  type ControlDescription,
  type Handlers,
  type NoSettings,
  component,
  statefulComponent,
} from './component.ts';
export type { HandlerContext, NodeContext } from './context.ts';
export {
  type Immutable,
  type InputOptions,
  type InputPort,
  type OutputOptions,
  type OutputPort,
  type PortOptions,
  type Ports,
  input,
  output,
  outputs,
} from './ports.ts';
export { done, reply } from './reply.ts';
export { type ModuleOptions, SDK_VERSION, runModule } from './run-module.ts';
export { type Schema, toJsonSchema, z } from './schema.ts';
