import type { EdgeSpec, PortAddress, TinyError } from '@tinysystems/core';
import { type Mapping, compileMapping } from './map.ts';
import { nameMapping } from './refusal.ts';

/** An edge, compiled once when the node's spec changes. */
export class Edge {
  readonly spec: EdgeSpec;
  readonly from: PortAddress;
  readonly to: PortAddress;
  readonly mapping: Mapping | undefined;
  /** The sends that wait for this edge; ended when it is removed from the node. */
  readonly #sends: Set<(error: TinyError) => void>;

  /** @param before - the edge of the same id that this one replaces: its sends go on as this one's. */
  constructor(node: string, spec: EdgeSpec, before?: Edge) {
    this.spec = spec;
    this.from = { node, port: spec.port };
    this.to = { node: spec.to, port: spec.toPort };
    this.mapping = spec.configuration === undefined ? undefined : compileMapping(spec);
    this.#sends = before === undefined ? new Set() : before.#sends;
  }

  /** How many sends wait. */
  get inFlight(): number {
    return this.#sends.size;
  }

  /** Waits for one send; when the edge is removed meanwhile, the wait ends with the removal's error. */
  track<T>(send: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#sends.add(reject);
      send.then(
        (value) => {
          this.#sends.delete(reject);
          resolve(value);
        },
        (error: Error) => {
          this.#sends.delete(reject);
          reject(nameMapping(error, this));
        },
      );
    });
  }

  /** Ends the waits of all sends on this edge. */
  remove(error: TinyError): void {
    for (const end of this.#sends) end(error);
    this.#sends.clear();
  }
}
