import type { JsonSchema } from '@tinysystems/core';
import type { FlowEdge, FlowNode, FlowPort } from '../src/index.ts';

/** A node; ports are given by name, with what is special about them. */
export function flowNode(
  name: string,
  ports: Readonly<Record<string, Omit<FlowPort, 'name'>>>,
  more: Partial<Omit<FlowNode, 'name' | 'ports'>> = {},
): FlowNode {
  const listed = Object.entries(ports).map(([port, facts]): FlowPort => ({ name: port, ...facts }));
  return { name, module: 'm', component: 'c', edges: [], isTrigger: false, ...more, ports: listed };
}

export function inPort(schema: JsonSchema, more: Partial<FlowPort> = {}): Omit<FlowPort, 'name'> {
  return { direction: 'in', schema, ...more };
}

export function outPort(schema: JsonSchema, more: Partial<FlowPort> = {}): Omit<FlowPort, 'name'> {
  return { direction: 'out', schema, ...more };
}

export function edge(
  id: string,
  from: string,
  to: string,
  configuration?: FlowEdge['configuration'],
): FlowEdge {
  const [node = '', toPort = ''] = to.split(':');
  return { id, port: from, to: node, toPort, configuration };
}

/** An object of required fields. */
export function object(properties: Readonly<Record<string, JsonSchema>>): JsonSchema {
  return { type: 'object', properties, required: Object.keys(properties) };
}

export const TEXT: JsonSchema = { type: 'string' };
export const CONTEXT: JsonSchema = object({ context: { configurable: true } });
