export { startControlPlane, type ControlPlane, type ControlPlaneOptions } from './server.ts';
export type { DelayOptions, FailNextOptions, Faults, RecordedRequest } from './faults.ts';
export { systemClock, type Clock, type Timer } from './clock.ts';
