export { type EventuallyOptions, eventually } from './eventually.ts';
export { FakeClock } from './fake-clock.ts';
export { MemoryState } from './memory-state.ts';
export {
  ComponentRun,
  type Loop,
  type RunComponentOptions,
  type SendOptions,
  type Wire,
  runComponent,
} from './run-component.ts';
