import type { Json, JsonSchema } from '@tinysystems/core';
import type { Finding } from './finding.ts';

/** A node of a flow, as the checks see it: its ports with their schemas, and its edges. */
export interface FlowNode {
  readonly name: string;
  /** Sanitised or not; only shown. */
  readonly module: string;
  readonly component: string;
  /** The ports under the node's settings, with the flow author's schemas laid over. */
  readonly ports: readonly FlowPort[];
  /** Why there may be ports that `ports` does not list, as a sentence; `undefined`: these are all. */
  readonly morePorts?: string | undefined;
  readonly edges: readonly FlowEdge[];
  /** It begins messages by itself: an HTTP server, a button, a timer, the target of a TinySignal. */
  readonly isTrigger: boolean;
  /** What is wrong with the node itself, found where it was read. */
  readonly problems?: readonly Finding[] | undefined;
}

/** A port; what is not given is not known. */
export interface FlowPort {
  readonly name: string;
  readonly direction: 'in' | 'out';
  readonly schema: JsonSchema;
  /** Out ports: what `request` on this port must be answered with. */
  readonly reply?: JsonSchema | undefined;
  /** In ports: every message is emitted on at least one of these out ports. */
  readonly emits?: readonly string[] | undefined;
  /** In ports: who answers the sender. */
  readonly answers?: 'itself' | 'passed' | 'never' | undefined;
}

/** A wire from an out port of the node that holds it to an in port of another, or of the same. */
export interface FlowEdge {
  readonly id: string;
  readonly port: string;
  readonly to: string;
  readonly toPort: string;
  /** The mapping; `undefined` passes the message on unchanged. */
  readonly configuration?: Json | undefined;
  readonly onExpressionError?: 'Fail' | 'Null' | undefined;
}

/** The port of that name and direction. */
export function findPort(node: FlowNode, name: string, direction: 'in' | 'out'): FlowPort | undefined {
  return node.ports.find((port) => port.name === name && port.direction === direction);
}
