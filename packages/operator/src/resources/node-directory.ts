import type { TinyNode } from '@tinysystems/api';
import { type Clock, cancelled, sanitiseName } from '@tinysystems/core';
import type { NodeDirectory } from '@tinysystems/engine';
import type { Informer } from '@tinysystems/kubernetes';

/** Which module owns a node, from the cache of TinyNodes; names are sanitised once for each change, not for each message. */
export class CachedNodeDirectory implements NodeDirectory {
  readonly #modules = new Map<string, string>();
  readonly #waiting = new Map<string, Set<() => void>>();
  readonly #clock: Clock;

  constructor(nodes: Pick<Informer<TinyNode>, 'onEvent'>, clock: Clock) {
    this.#clock = clock;
    const remember = (node: TinyNode) => this.#remember(node);
    nodes.onEvent({ add: remember, update: remember, delete: (node) => this.#modules.delete(node.metadata.name ?? '') });
  }

  moduleOf(node: string): string | undefined {
    return this.#modules.get(node);
  }

  whenKnown(node: string, timeoutMs: number, signal: AbortSignal): Promise<string | undefined> {
    const known = this.moduleOf(node);
    if (known !== undefined) return Promise.resolve(known);
    return new Promise((resolve, reject) => {
      const waiting = this.#waiting.get(node) ?? new Set();
      this.#waiting.set(node, waiting);
      const leave = () => {
        takeBack();
        signal.removeEventListener('abort', onAbort);
        waiting.delete(wake);
        if (waiting.size === 0) this.#waiting.delete(node);
      };
      const wake = () => {
        leave();
        resolve(this.moduleOf(node));
      };
      const onAbort = () => {
        leave();
        reject(cancelled(signal));
      };
      const takeBack = this.#clock.after(timeoutMs, wake);
      waiting.add(wake);
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }

  #remember(node: TinyNode): void {
    const name = node.metadata.name ?? '';
    this.#modules.set(name, sanitiseName(node.spec.module));
    for (const wake of this.#waiting.get(name) ?? []) wake();
  }
}
