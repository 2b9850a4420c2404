import {
  ANY_SCHEMA,
  type Decoder,
  type Json,
  type JsonSchema,
  type PortDefinition,
  TinyError,
  compileDecoder,
} from '@tinysystems/core';
import { type Chain, type DispatchDependencies, dispatch } from '../edge/dispatch.ts';
import type { Edge } from '../edge/edge.ts';
import { joinBranches } from '../edge/fan-out.ts';

/** An out port with its edges in spec order. */
export interface OutPort {
  readonly definition: PortDefinition;
  readonly edges: readonly Edge[];
  readonly reply: Decoder | undefined;
}

/** Makes the out ports of a node from its component's ports and its compiled edges. */
export function createOutPorts(
  ports: readonly PortDefinition[],
  edges: readonly Edge[],
): Map<string, OutPort> {
  const outPorts = ports
    .filter((port) => port.direction === 'out')
    .map((definition): [string, OutPort] => [
      definition.name,
      {
        definition,
        edges: edges.filter((edge) => edge.spec.port === definition.name),
        reply: definition.reply === undefined ? undefined : compileDecoder(definition.reply),
      },
    ]);
  return new Map(outPorts);
}

/** Sends what a node emits. */
export class Emitter {
  readonly #node: string;
  readonly #dependencies: DispatchDependencies;
  #ports: ReadonlyMap<string, OutPort> = new Map();
  #end: TinyError | undefined;

  constructor(node: string, dependencies: DispatchDependencies) {
    this.#node = node;
    this.#dependencies = dependencies;
  }

  set ports(ports: ReadonlyMap<string, OutPort>) {
    this.#ports = ports;
  }

  /** Ends the sends that wait; later ones fail with the same error. */
  end(error: TinyError): void {
    this.#end = error;
    for (const { edges } of this.#ports.values()) for (const edge of edges) edge.remove(error);
    this.#ports = new Map();
  }

  /** What a port emits. */
  schemaOf(port: string): JsonSchema {
    return this.#ports.get(port)?.definition.schema ?? ANY_SCHEMA;
  }

  /** Sends `data` down every edge of a port; ends when all branches have ended. */
  emit(port: string, data: Json, chain: Chain): Promise<Json | undefined> {
    const out = this.#ports.get(port);
    if (out === undefined) return Promise.reject(this.#end ?? this.#unknown(port));
    const { edges } = out;
    const first = edges[0];
    if (first === undefined) return NOTHING;
    if (edges.length === 1) return dispatch(this.#dependencies, first, data, chain);
    const branches = edges.map((edge) => dispatch(this.#dependencies, edge, data, chain));
    return joinBranches(branches, out.definition.branches ?? 'all');
  }

  /** Emits and takes the reply, checked against the port's reply schema. */
  async request(port: string, data: Json, chain: Chain): Promise<Json> {
    const reply = await this.emit(port, data, chain);
    if (reply === undefined) {
      const text = `port ${port} of node ${this.#node} asked and nobody answered: lead an edge from the end of the chain back to a port that replies`;
      throw new TinyError('Permanent', 'REPLY_MISSING', text);
    }
    const decoder = this.#ports.get(port)?.reply;
    if (decoder === undefined) return reply;
    const decoded = decoder.decode(reply);
    if (decoded.ok) return decoded.value;
    throw new TinyError(
      'Permanent',
      'REPLY_INVALID',
      `the answer to port ${port} of node ${this.#node} does not fit: ${decoded.problem}`,
    );
  }

  #unknown(port: string): TinyError {
    const known = [...this.#ports.keys()].join(', ') || 'none';
    return new TinyError(
      'Permanent',
      'PORT_UNKNOWN',
      `node ${this.#node} emitted on ${port}; its out ports are: ${known}`,
    );
  }
}

const NOTHING: Promise<undefined> = Promise.resolve(undefined);
