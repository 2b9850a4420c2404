export { Authority, type Credentials, type IssueOptions } from './authority.ts';
export {
  startControlPlane,
  type ControlPlane,
  type ControlPlaneOptions,
  type IssuedToken,
} from './server.ts';
export { DEFAULT_LIMITS, type ControlPlaneLimits } from './limits.ts';
export type { RequestLimits } from './http/request-gate.ts';
export type { TokenOptions } from './access/tokens.ts';
export type { DelayOptions, FailNextOptions, Faults, Hold, HoldOptions, RecordedRequest } from './faults.ts';
export { systemClock, type Clock, type Timer } from './clock.ts';
