import {
  type AuthoredPort,
  type PortDefinition,
  type PublishedPort,
  isSystemPort,
  overlaySchema,
} from '@tinysystems/core';
import type { FlowPort } from './flow.ts';

/** The schemas that a flow author gave in `spec.ports`; entries without one say nothing. */
export type Authored = ReadonlyArray<Partial<AuthoredPort> & Pick<AuthoredPort, 'name'>>;

/** The ports of a node from its component's own declaration, under the node's settings. */
export function flowPortsFromDefinitions(
  ports: readonly PortDefinition[],
  authored: Authored = [],
): readonly FlowPort[] {
  return ports.map(({ name, direction, schema, reply, emits, answers }) =>
    withAuthored({ name, direction, schema, reply, emits, answers }, authored),
  );
}

/** What is published of a node's ports. */
export interface PublishedPorts {
  /** The component's ports in `TinyModule.status`. */
  readonly component: readonly PublishedPort[];
  /** The node's own ports in `TinyNode.status`, which say which there are; `undefined`: the component's. */
  readonly node?: readonly PublishedPort[] | undefined;
  readonly authored?: Authored | undefined;
}

/** The ports of a node from what is published of it: its own facts first, then its component's. */
export function flowPortsFromPublished({
  component,
  node,
  authored = [],
}: PublishedPorts): readonly FlowPort[] {
  const shared = new Map(component.map((port) => [port.name, port]));
  return (node ?? component)
    .filter(({ name }) => !isSystemPort(name))
    .map((own) => {
      const { name, source, schema = {}, reply, emits, answers } = { ...shared.get(own.name), ...own };
      return withAuthored(
        { name, direction: source ? 'out' : 'in', schema, reply, emits, answers },
        authored,
      );
    });
}

function withAuthored(port: FlowPort, authored: Authored): FlowPort {
  const given = authored.find(({ name }) => name === port.name)?.schema;
  return given === undefined ? port : { ...port, schema: overlaySchema(port.schema, given) };
}
