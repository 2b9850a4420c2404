import type { ByteBudget, Clock, Deliver, Log, NodeSpec, NodeState, Random } from '@tinysystems/core';
import type { ComponentRegistry } from '../component-registry.ts';
import type { LoopWatch } from '../loop-watch.ts';
import type { EngineMetrics } from '../metrics.ts';
import type { Tracer } from '../tracer.ts';

/** What every instance of this process shares. */
export interface InstanceOptions {
  readonly components: ComponentRegistry;
  /** Sends a message on: the router. */
  readonly deliver: Deliver;
  /** What has entered this process and is not answered yet. */
  readonly budget: ByteBudget;
  readonly createState: (spec: NodeSpec) => NodeState;
  readonly tracer: Tracer;
  readonly metrics: EngineMetrics;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Whether the lease is held at this very moment; asked before leader-only work emits. Default: always. */
  readonly holdsLease?: () => boolean;
  /** The report or the view of a node changed by itself. */
  readonly onChange: (node: string) => void;
  /** Default: nobody watches the event loop. */
  readonly loop?: LoopWatch;
  /** Something a person should know about a node. */
  readonly warn: (node: string, reason: string, message: string) => void;
}
