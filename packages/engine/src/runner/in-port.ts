import {
  CONTROL_PORT,
  type Decoder,
  type Json,
  type JsonSchema,
  type MessageScope,
  type NodeSpec,
  type Reply,
  compileDecoder,
  hasSecrets,
  secretTexts,
} from '@tinysystems/core';
import { refusedMessage } from '../edge/refusal.ts';
import type { PortMeter } from '../metrics.ts';
import type { Live } from './live.ts';

/** An in port, ready for messages: its decoder compiled, its meter bound. */
export interface InPort {
  /** Whose port it is. */
  readonly live: Live;
  readonly meter: PortMeter;
  readonly schema: JsonSchema;
  /** Checks a message and fills in what is missing. @throws TinyError `Permanent`/`MESSAGE_INVALID` naming the path. */
  decode(data: Json): Json;
  /** Hides the secrets of a message; `undefined`: its schema declares none. @returns what ends that. */
  readonly hold: ((data: Json) => () => void) | undefined;
  handle(data: Json, scope: MessageScope): Promise<Reply> | Reply;
}

/** Makes the in ports of a node under its spec, `_control` included. */
export function createInPorts(live: Live, spec: NodeSpec): ReadonlyMap<string, InPort> {
  const { component, instance, meter: node } = live;
  const inPort = (name: string, schema: JsonSchema, handle: Handle): [string, InPort] => {
    const decoder = compileDecoder(schema);
    const meter = node.port(name);
    const hold = hasSecrets(schema) ? (data: Json) => live.mask.hold(secretTexts(data, schema)) : undefined;
    return [
      name,
      { live, meter, schema, hold, handle, decode: (data) => decode(decoder, data, spec.name, name) },
    ];
  };
  const inPorts = live.ports
    .filter((port) => port.direction === 'in')
    .map(({ name, schema }) =>
      inPort(name, schema, (message, scope) => instance.handle(name, message, scope)),
    );
  const control = instance.control?.bind(instance);
  if (component.control !== undefined && control !== undefined)
    inPorts.push(inPort(CONTROL_PORT, component.control, control));
  return new Map(inPorts);
}

type Handle = (message: Json, scope: MessageScope) => Promise<Reply> | Reply;

/** Decodes a message for a port. @throws TinyError `Permanent`/`MESSAGE_INVALID` naming the path. */
export function decode(decoder: Decoder, data: Json, node: string, port: string): Json {
  const decoded = decoder.decode(data);
  if (decoded.ok) return decoded.value;
  throw refusedMessage({ node, port }, decoded.problem);
}
