import type {
  ByteBudget,
  Clock,
  Deliver,
  Log,
  NodeSpec,
  NodeState,
  Random,
  SecretMask,
} from '@tinysystems/core';
import type { ComponentRegistry } from '../component-registry.ts';
import type { LoopWatch } from '../loop-watch.ts';
import type { EngineMetrics } from '../metrics.ts';
import type { SecretSource } from '../secret-source.ts';
import type { Tracer } from '../tracer.ts';

/** What every instance of this process shares. */
export interface InstanceOptions {
  readonly components: ComponentRegistry;
  /** Sends a message on: the router. */
  readonly deliver: Deliver;
  /** What has entered this process and is not answered yet. */
  readonly budget: ByteBudget;
  /** @param maxBytes - what it may have in all. */
  readonly createState: (spec: NodeSpec, maxBytes: number) => NodeState;
  readonly tracer: Tracer;
  readonly metrics: EngineMetrics;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Whether the lease is held at this very moment; asked before leader-only work emits. Default: always. */
  readonly holdsLease?: () => boolean;
  /** The report or the view of a node changed by itself. */
  readonly onChange: (node: string) => void;
  /** What settings may refer to. Default: there are no Secrets. */
  readonly secrets?: SecretSource;
  /** Hides the secrets of all nodes in what is told of them. Default: one of its own for each node. */
  readonly mask?: SecretMask;
  /** Default: nobody watches the event loop. */
  readonly loop?: LoopWatch;
  /** Something a person should know about a node. */
  readonly warn: (node: string, reason: string, message: string) => void;
}
