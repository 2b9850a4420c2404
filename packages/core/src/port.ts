import type { Json } from './json.ts';
import type { JsonSchema } from './schema/json-schema.ts';

/** The side of the node on which an editor draws a port. */
export type PortPosition = 'top' | 'right' | 'bottom' | 'left';

/** A named in or out place of a component. */
export interface PortDefinition {
  readonly name: string;
  /** What people read. */
  readonly label: string;
  readonly position: PortPosition;
  readonly direction: 'in' | 'out';
  /** What the port accepts (in) or emits (out). */
  readonly schema: JsonSchema;
  /** Out ports only: what `request` on this port must be answered with. */
  readonly reply?: JsonSchema;
  /** Out ports only. `settled`: failures of branches without a reply are ignored; default `all`. */
  readonly branches?: 'all' | 'settled';
  /** In ports only: every message is emitted on at least one of these out ports. Not given: that is not said. */
  readonly emits?: readonly string[];
  /** In ports only: who answers the sender. Not given: that is not said. */
  readonly answers?: Answers;
}

/**
 * Who answers a message to an in port: its handler `itself`, whoever answers what the handler emits (`passed`), or
 * nobody (`never`).
 */
export type Answers = 'itself' | 'passed' | 'never';

/** A port as the node's status publishes it. */
export interface PublishedPort {
  readonly name: string;
  readonly label: string;
  readonly position: PortPosition;
  /** True when the port emits. */
  readonly source: boolean;
  /** Only where it differs from the component's own, because the flow author gave one or it is dynamic. */
  readonly schema?: JsonSchema;
  /** As {@link PortDefinition} has them; only where they differ from the component's own. */
  readonly reply?: JsonSchema;
  readonly emits?: readonly string[];
  readonly answers?: Answers;
  readonly configuration?: Json;
}
