import type { Json } from './json.ts';
import type { RetryRule } from './retry.ts';
import type { JsonSchema } from './schema/json-schema.ts';

/** A TinyNode as the engine sees it. */
export interface NodeSpec {
  readonly name: string;
  readonly namespace: string;
  /** Changes when the object was deleted and made again under the same name. */
  readonly uid: string;
  readonly generation: number;
  readonly module: string;
  readonly component: string;
  /** False: the instance is stopped and messages are refused. */
  readonly run: boolean;
  /** True: it is stopped because its flow is suspended. Default: false. */
  readonly isSuspended?: boolean;
  readonly settings: Json;
  readonly ports: readonly AuthoredPort[];
  readonly concurrency: Concurrency;
  readonly edges: readonly EdgeSpec[];
  readonly flow: string | undefined;
  readonly project: string | undefined;
  /** How its flow is traced; `undefined`: as the process does where nobody says it. */
  readonly tracing?: FlowTracing | undefined;
}

/** How much of a flow is recorded. */
export interface FlowTracing {
  /** `errors`: hops that fail; `sampled`: also a share of all chains; `all`: every chain; `off`: nothing. */
  readonly mode: 'off' | 'errors' | 'sampled' | 'all';
  /** `sampled` only: the share of chains, 0 to 1; `undefined`: 10 a second for each node that starts chains. */
  readonly ratio?: number | undefined;
}

/** The flow author's schema for the configurable fields of a port. */
export interface AuthoredPort {
  readonly name: string;
  readonly schema: JsonSchema;
}

/** Limits of one node. */
export interface Concurrency {
  /** How many handlers may run their own code at once. */
  readonly max: number;
  /** How many messages may wait for a handler. */
  readonly queue: number;
}

/** The limits of a node that names none. */
export const DEFAULT_CONCURRENCY: Concurrency = { max: 64, queue: 1024 };

/** A wire from an out port to `to:toPort`. */
export interface EdgeSpec {
  /** Unique in the node. */
  readonly id: string;
  readonly port: string;
  /** Target node, same namespace. */
  readonly to: string;
  readonly toPort: string;
  /** The mapping; absent: the message passes unchanged. */
  readonly configuration: Json | undefined;
  readonly onExpressionError: 'Fail' | 'Null';
  readonly retry: RetryRule | undefined;
}
