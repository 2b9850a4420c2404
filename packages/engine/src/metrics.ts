import type { ErrorKind } from '@tinysystems/core';

/** What the engine counts; the operator fills it. */
export interface EngineMetrics {
  /** The meters of one node, from when it starts in this process until {@link NodeMeter.end}. */
  node(labels: NodeLabels, gauges: NodeGauges): NodeMeter;
}

/** Which node is measured. */
export interface NodeLabels {
  readonly node: string;
  readonly component: string;
}

/** What is read when somebody looks. */
export interface NodeGauges {
  /** Messages that its handlers have not ended. */
  readonly inWork: () => number;
  /** Messages that wait for a slot. */
  readonly waiting: () => number;
  /** Chains that no message started and that have not ended, such as those of HTTP requests. */
  readonly begun: () => number;
}

/** Counts what happens at one node. Its meters are asked for once, not for each message. */
export interface NodeMeter {
  port(name: string): PortMeter;
  edge(id: string): EdgeMeter;
  /** The edge was removed: what it counted is forgotten. */
  endEdge(id: string): void;
  /** A detached emission failed. */
  detachedFailed(kind: ErrorKind): void;
  /** The node has ended here: what it counted is forgotten. */
  end(): void;
}

/** Counts the messages of one in port. */
export interface PortMeter {
  /** One message was handled; `failure` when it failed. */
  handled(durationMs: number, failure: ErrorKind | undefined): void;
  /** One message was refused before a handler saw it. */
  refused(failure: ErrorKind): void;
}

/** Counts the sends of one edge, each attempt's retries included in its one. */
export interface EdgeMeter {
  sent(failure: ErrorKind | undefined): void;
}

const ignore = (): undefined => undefined;

/** Counts nothing. */
export const NO_EDGE_METER: EdgeMeter = { sent: ignore };
const NO_METER: NodeMeter = {
  port: () => ({ handled: ignore, refused: ignore }),
  edge: () => NO_EDGE_METER,
  endEdge: ignore,
  detachedFailed: ignore,
  end: ignore,
};

/** Counts nothing. */
export const NO_METRICS: EngineMetrics = { node: () => NO_METER };
