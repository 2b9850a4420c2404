import type { TinyNode } from '@tinysystems/api';
import { Informer, type ResourceClient } from '@tinysystems/kubernetes';
import { eventually } from '@tinysystems/testing';
import type { Change } from './t26-many-changes.ts';

const NEVER = Number.NaN;

/** Sees when the status of each node caught up with its spec. */
export class ObservedNodes implements AsyncDisposable {
  /** The generations of each node that its status has shown, and when, milliseconds of `performance.now()`. */
  readonly #sights = new Map<string, { readonly generation: number; readonly atMs: number }[]>();
  readonly #stop = new AbortController();
  #running: Promise<void> = Promise.resolve();

  private constructor() {
    // Made by `start`.
  }

  static start(client: ResourceClient<TinyNode>): ObservedNodes {
    const observed = new ObservedNodes();
    const informer = new Informer({ client });
    const see = (node: TinyNode) => observed.#see(node);
    informer.onEvent({ add: see, update: see });
    observed.#running = informer.run(observed.#stop.signal);
    return observed;
  }

  /** How many nodes have been reconciled once. */
  get reconciled(): number {
    return this.#sights.size;
  }

  /** Waits until every change has been reconciled. */
  async waitFor(changes: readonly Change[]): Promise<void> {
    await eventually(() => changes.every((change) => !Number.isNaN(this.#seenMs(change))), {
      timeoutMs: 60_000,
      intervalMs: 50,
    });
  }

  /** How long each change took from before it was sent until its node's status told of it. */
  latenciesMs(changes: readonly Change[]): readonly number[] {
    return changes.map((change) => this.#seenMs(change) - change.sentMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  #see({ metadata, status }: TinyNode): void {
    const { name = '' } = metadata;
    const generation = status?.observedGeneration;
    if (generation === undefined) return;
    const sights = this.#sights.get(name) ?? [];
    if (generation > (sights.at(-1)?.generation ?? 0)) sights.push({ generation, atMs: performance.now() });
    this.#sights.set(name, sights);
  }

  #seenMs({ node, generation }: Change): number {
    const sights = this.#sights.get(node) ?? [];
    return sights.find((sight) => sight.generation >= generation)?.atMs ?? NEVER;
  }
}
