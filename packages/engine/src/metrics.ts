import type { ErrorKind } from '@tinysystems/core';

/** What the engine counts; the operator fills it. */
export interface EngineMetrics {
  /** The meters of one in port; asked once for each port of a node, not for each message. */
  port(labels: PortLabels): PortMeter;
  /** A detached emission failed. */
  detachedFailed(labels: Omit<PortLabels, 'port'>, kind: ErrorKind): void;
}

/** Which in port is measured. */
export interface PortLabels {
  readonly node: string;
  readonly component: string;
  readonly port: string;
}

/** Counts the messages of one port. */
export interface PortMeter {
  /** One message was handled; `failure` when it failed. */
  handled(durationMs: number, failure: ErrorKind | undefined): void;
}

/** Counts nothing. */
export const NO_METRICS: EngineMetrics = {
  port: () => ({ handled: () => undefined }),
  detachedFailed: () => undefined,
};
