import type { TinyNode } from '@tinysystems/api';
import { type Clock, TinyError, Wakers, sanitiseName, waitToBeWoken } from '@tinysystems/core';
import type { NodeDirectory } from '@tinysystems/engine';
import type { Informer } from '@tinysystems/kubernetes';

/** How many messages of this process may wait for nodes that its cache does not know. */
export const MAX_UNKNOWN_NODE_WAITERS = 10_000;

/** Which module owns a node, from the cache of TinyNodes; names are sanitised once for each change, not for each message. */
export class CachedNodeDirectory implements NodeDirectory {
  readonly #modules = new Map<string, string>();
  readonly #waiting = new Wakers();
  readonly #clock: Clock;

  constructor(nodes: Pick<Informer<TinyNode>, 'onEvent'>, clock: Clock) {
    this.#clock = clock;
    const remember = (node: TinyNode) => this.#remember(node);
    nodes.onEvent({
      add: remember,
      update: remember,
      delete: (node) => this.#modules.delete(node.metadata.name ?? ''),
    });
  }

  /** How many messages wait for nodes that are not known. */
  get waiting(): number {
    return this.#waiting.count;
  }

  moduleOf(node: string): string | undefined {
    return this.#modules.get(node);
  }

  /** @throws TinyError `Overloaded`/`QUEUE_FULL` when 10,000 messages wait so. */
  async whenKnown(node: string, timeoutMs: number, signal: AbortSignal): Promise<string | undefined> {
    if (this.#modules.has(node)) return this.moduleOf(node);
    if (this.#waiting.count >= MAX_UNKNOWN_NODE_WAITERS) {
      const text = `${MAX_UNKNOWN_NODE_WAITERS} messages already wait for nodes that this replica does not know`;
      throw new TinyError('Overloaded', 'QUEUE_FULL', text, { retryAfterMs: 1000 });
    }
    await waitToBeWoken({ clock: this.#clock, timeoutMs, signal }, (wake) => this.#waiting.add(node, wake));
    return this.moduleOf(node);
  }

  #remember(node: TinyNode): void {
    const name = node.metadata.name ?? '';
    this.#modules.set(name, sanitiseName(node.spec.module));
    this.#waiting.wake(name);
  }
}
