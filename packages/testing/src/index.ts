export { type CheckedFlow, checkFlow } from './check-flow.ts';
export { type EventuallyOptions, eventually } from './eventually.ts';
export { FakeClock } from '@tinysystems/core/testing';
export { MemoryState } from './memory-state.ts';
export {
  ComponentRun,
  type Loop,
  type RunComponentOptions,
  type SendOptions,
  type Wire,
  runComponent,
} from './run-component.ts';
export { type LoggedLine, RunningModule, type RunningModuleOptions } from './running-module.ts';
export { TestCluster } from './test-cluster.ts';
