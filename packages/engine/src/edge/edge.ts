import { type EdgeSpec, type PortAddress, type TinyError, toTinyError } from '@tinysystems/core';
import { type EdgeMeter, NO_EDGE_METER } from '../metrics.ts';
import { type Mapping, compileMapping } from './map.ts';
import { nameMapping } from './refusal.ts';
import { WaitingSends } from './waiting-sends.ts';

/** Options of an edge. */
export interface EdgeOptions {
  /** Default: nobody counts. */
  readonly meter?: EdgeMeter;
  /** The edge of the same id that this one replaces: its sends go on as this one's. */
  readonly before?: Edge | undefined;
}

/** An edge, compiled once when the node's spec changes. */
export class Edge {
  readonly spec: EdgeSpec;
  readonly from: PortAddress;
  readonly to: PortAddress;
  readonly mapping: Mapping | undefined;
  readonly meter: EdgeMeter;
  /** The sends that wait for this edge; ended when it is removed from the node. */
  readonly #sends: WaitingSends;

  constructor(node: string, spec: EdgeSpec, { meter = NO_EDGE_METER, before }: EdgeOptions = {}) {
    this.spec = spec;
    this.from = { node, port: spec.port };
    this.to = { node: spec.to, port: spec.toPort };
    this.meter = meter;
    this.mapping = spec.configuration === undefined ? undefined : compileMapping(spec);
    this.#sends = before === undefined ? new WaitingSends() : before.#sends;
  }

  /** How many sends wait. */
  get inFlight(): number {
    return this.#sends.size;
  }

  /** Waits for one send; when the edge is removed meanwhile, the wait ends with the removal's error. */
  track<T>(send: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const waiting = this.#sends.add(reject);
      send.then(
        (value) => {
          this.#sends.delete(waiting);
          this.meter.sent(undefined);
          resolve(value);
        },
        (thrown: unknown) => {
          const error = nameMapping(toTinyError(thrown), this);
          error.failedAt ??= this.to.node;
          this.#sends.delete(waiting);
          this.meter.sent(error.kind);
          reject(error);
        },
      );
    });
  }

  /** Ends the waits of all sends on this edge. */
  remove(error: TinyError): void {
    this.#sends.endAll(error);
  }
}
