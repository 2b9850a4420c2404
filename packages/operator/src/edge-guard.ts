import type { TinyNode } from '@tinysystems/api';
import { type Clock, type Message, TinyError, formatAddress, waitToBeWoken } from '@tinysystems/core';
import type { Informer } from '@tinysystems/kubernetes';

/** How long an edge that the cache does not show yet is waited for, milliseconds. */
export const EDGE_WAIT_MS = 2000;

/** What a guard works with. */
export interface EdgeGuardOptions {
  readonly nodes: Pick<Informer<TinyNode>, 'onEvent' | 'lister'>;
  readonly namespace: string;
  readonly clock: Clock;
}

/** Lets a message of another module in only when the sending TinyNode has that edge to this port. */
export class EdgeGuard {
  readonly #options: EdgeGuardOptions;

  constructor(options: EdgeGuardOptions) {
    this.#options = options;
  }

  /** @throws TinyError `Permanent`/`EDGE_REFUSED` when no such edge appears within 2 s. */
  async authorise(message: Message, signal: AbortSignal): Promise<void> {
    if (this.#hasEdge(message)) return;
    if (await this.#appears(message, signal)) return;
    const from =
      message.from === undefined || message.from.node === '' ? 'nobody' : formatAddress(message.from);
    const text = `${from} has no edge ${JSON.stringify(message.edgeId ?? '')} to ${formatAddress(message.to)}: a message needs an edge in the spec of its sender`;
    throw new TinyError('Permanent', 'EDGE_REFUSED', text);
  }

  #hasEdge({ from, to, edgeId }: Message): boolean {
    if (from === undefined) return false;
    const sender = this.#options.nodes.lister.get(this.#options.namespace, from.node);
    const edge = sender?.spec.edges?.find(({ id }) => id === edgeId);
    return edge !== undefined && edge.port === from.port && edge.to === to.node && edge.toPort === to.port;
  }

  async #appears(message: Message, signal: AbortSignal): Promise<boolean> {
    const { nodes, clock } = this.#options;
    await waitToBeWoken({ clock, timeoutMs: EDGE_WAIT_MS, signal }, (wake) => {
      const look = () => (this.#hasEdge(message) ? wake() : undefined);
      return nodes.onEvent({ add: (_node, isInitial) => (isInitial ? undefined : look()), update: look });
    });
    return this.#hasEdge(message);
  }
}
