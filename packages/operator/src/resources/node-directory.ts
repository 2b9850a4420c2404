import type { TinyNode } from '@tinysystems/api';
import { type Clock, Wakers, sanitiseName, waitToBeWoken } from '@tinysystems/core';
import type { NodeDirectory } from '@tinysystems/engine';
import type { Informer } from '@tinysystems/kubernetes';

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

  moduleOf(node: string): string | undefined {
    return this.#modules.get(node);
  }

  async whenKnown(node: string, timeoutMs: number, signal: AbortSignal): Promise<string | undefined> {
    if (!this.#modules.has(node)) {
      await waitToBeWoken({ clock: this.#clock, timeoutMs, signal }, (wake) => this.#waiting.add(node, wake));
    }
    return this.moduleOf(node);
  }

  #remember(node: TinyNode): void {
    const name = node.metadata.name ?? '';
    this.#modules.set(name, sanitiseName(node.spec.module));
    this.#waiting.wake(name);
  }
}
