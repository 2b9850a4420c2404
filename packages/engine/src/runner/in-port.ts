import {
  type ComponentInstance,
  type Decoder,
  type Json,
  type MessageScope,
  type PortDefinition,
  type Reply,
  TinyError,
  compileDecoder,
} from '@tinysystems/core';
import type { EngineMetrics, PortMeter } from '../metrics.ts';

/** An in port, ready for messages: its decoder compiled, its meter bound. */
export interface InPort {
  readonly meter: PortMeter;
  handle(data: Json, scope: MessageScope): Promise<Reply> | Reply;
}

/** What the in ports of one node are made from. */
export interface InPortsOptions {
  readonly node: string;
  readonly component: string;
  readonly ports: readonly PortDefinition[];
  readonly instance: ComponentInstance;
  readonly metrics: EngineMetrics;
}

/** Makes the in ports of a node. */
export function createInPorts(options: InPortsOptions): Map<string, InPort> {
  const { node, component, instance, metrics } = options;
  const inPorts = options.ports
    .filter((port) => port.direction === 'in')
    .map((port): [string, InPort] => {
      const decoder = compileDecoder(port.schema);
      return [
        port.name,
        {
          meter: metrics.port({ node, component, port: port.name }),
          handle: (data, scope) => instance.handle(port.name, decode(decoder, data, node, port.name), scope),
        },
      ];
    });
  return new Map(inPorts);
}

/** Decodes a message for a port. @throws TinyError `Permanent`/`MESSAGE_INVALID` naming the path. */
export function decode(decoder: Decoder, data: Json, node: string, port: string): Json {
  const decoded = decoder.decode(data);
  if (decoded.ok) return decoded.value;
  throw new TinyError('Permanent', 'MESSAGE_INVALID', `${node}:${port} refuses the message: ${decoded.problem}`);
}
