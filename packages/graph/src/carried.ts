import { type JsonSchema, isSystemPort } from '@tinysystems/core';
import type { FlowNode, FlowPort } from './flow.ts';
import { fieldType, typeFromSchema } from './type-from-schema.ts';
import {
  type Field,
  MISSING,
  NULL,
  type Type,
  alternativesOfType,
  anyType,
  clipped,
  mayBeMissing,
  unionOf,
  without,
  isMissing,
} from './type.ts';

/** What edges send to an in port of a node; empty: no edge leads there. */
export type SentTo = (port: string) => readonly Type[];

/**
 * What an out port emits. By its schema; and a configurable field that nobody gave a schema carries what the node got
 * in the configurable field of the same name: through the flow author's schema there, else by what edges send to it.
 */
export function emittedType(node: FlowNode, port: FlowPort, sentTo: SentTo): Type {
  const type = typeFromSchema(port.schema);
  const names = untypedFields(port.schema);
  if (type.kind !== 'object' || names.length === 0) return type;
  const fields = new Map<string, Field>(type.fields);
  let isSharper = false;
  for (const name of names) {
    const carried = carriedType(node, name, sentTo);
    if (carried === undefined) continue;
    isSharper = true;
    const isOptional = fields.get(name)?.isOptional === true || mayBeMissing(carried);
    fields.set(name, { type: clipped(without(carried, isMissing)), isOptional });
  }
  if (!isSharper) return type;
  const { kind, rest } = type;
  return { kind, fields, rest };
}

/** The in ports whose incoming edges decide what the out ports of a node carry. */
export function carryingPorts(node: FlowNode): readonly string[] {
  const carried = new Set(
    node.ports.filter(({ direction }) => direction === 'out').flatMap(({ schema }) => untypedFields(schema)),
  );
  return inPorts(node)
    .filter(({ schema }) => untypedFields(schema).some((name) => carried.has(name)))
    .map(({ name }) => name);
}

function inPorts(node: FlowNode): readonly FlowPort[] {
  return node.ports.filter(({ direction, name }) => direction === 'in' && !isSystemPort(name));
}

/** The union over all in ports that have such a field; `undefined`: none has. */
function carriedType(node: FlowNode, name: string, sentTo: SentTo): Type | undefined {
  const types = inPorts(node).flatMap(({ name: port, schema }): readonly Type[] => {
    const field = schema.properties?.[name];
    if (field?.configurable !== true) return [];
    if (!isUntyped(field)) return [typeFromSchema(field)];
    // Its settings, or a TinySignal, may bring what no edge does.
    if (node.isTrigger) return [anyType(`${node.name} begins messages by itself`)];
    const sent = sentTo(port);
    if (sent.length === 0)
      return [anyType(`no edge leads to ${node.name}:${port}, so nobody knows what comes`)];
    return sent.map((type) => fieldOf(type, name));
  });
  return types.length === 0 ? undefined : unionOf(types);
}

function fieldOf(type: Type, name: string): Type {
  return unionOf(
    alternativesOfType(type).map((part): Type => {
      if (part.kind === 'any') return part;
      if (part.kind !== 'object') return anyType('the edge that brings it is wrong');
      const field = part.fields.get(name);
      if (field?.type.kind === 'error') return anyType('the edge that brings it is wrong');
      if (field !== undefined) return field.isOptional ? unionOf([fieldType(field), NULL]) : field.type;
      return part.rest === undefined ? unionOf([NULL, MISSING]) : unionOf([part.rest, NULL, MISSING]);
    }),
  );
}

function untypedFields({ properties = {} }: JsonSchema): readonly string[] {
  return Object.entries(properties)
    .filter(([, field]) => field.configurable === true && isUntyped(field))
    .map(([name]) => name);
}

function isUntyped(schema: JsonSchema): boolean {
  return typeFromSchema(schema).kind === 'any';
}
