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
}

/** A port as the node's status publishes it. */
export interface PublishedPort {
  readonly name: string;
  readonly label: string;
  readonly position: PortPosition;
  /** True when the port emits. */
  readonly source: boolean;
  /** Only where it differs from the component's own, because the flow author gave one or it is dynamic. */
  readonly schema?: JsonSchema;
  readonly configuration?: Json;
}
