import type { TinyNode } from '@tinysystems/api';

/** How long work that failed must run again before its node is called ready, milliseconds. */
export const PROBATION_MS = 2000;

interface Trial {
  readonly generation: number | undefined;
  /** `undefined`: the work does not run again yet. */
  readonly endsMs: number | undefined;
}

/**
 * Nodes whose background work failed. Work that fails is tried again and again, and fails a moment later as a rule:
 * a node must not be called ready in between, and written twice for each attempt.
 */
export class Probation {
  readonly #trials = new Map<string, Trial>();

  /** How long the node's status stays as it is, milliseconds. A changed spec is a new beginning. */
  leftMs({ metadata }: TinyNode, isFailing: boolean, nowMs: number): number {
    const { name = '', generation } = metadata;
    if (isFailing) {
      this.#trials.set(name, { generation, endsMs: undefined });
      return 0;
    }
    const trial = this.#trials.get(name);
    if (trial === undefined) return 0;
    const endsMs = trial.endsMs ?? nowMs + PROBATION_MS;
    if (trial.generation !== generation || endsMs <= nowMs) {
      this.forget(name);
      return 0;
    }
    this.#trials.set(name, { generation, endsMs });
    return endsMs - nowMs;
  }

  forget(node: string): void {
    this.#trials.delete(node);
  }
}
