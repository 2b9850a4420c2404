import { ExpressionError } from './expression-error.ts';
import type { Value } from './json.ts';
import { MAX_STEPS } from './limits.ts';
import { isPlain, isPolluted } from './prototypes.ts';

/** What an evaluation may ask its surroundings. */
export interface Environment {
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number;
  /** A number in [0, 1). */
  readonly random: () => number;
}

/** The state of one evaluation: `$`, `@` and the work done so far. */
export class Scope {
  readonly root: Value;
  readonly environment: Environment;
  current: Value;
  /** The container `@` was found in, inside a filter. */
  parent: Value = undefined;
  /** The key of `@` in its container. */
  key: string | number = '';
  /** Whether nobody has added to what every object inherits; `undefined` until somebody asks. */
  trustsPrototypes: boolean | undefined = undefined;
  /** `root`, once it is known to inherit only what JSON values do. */
  plainRoot: object | undefined = undefined;
  /** The last other container known for that. */
  plain: object | undefined = undefined;
  /** Done so far; see {@link charge}. */
  steps = 0;

  constructor(root: Value, environment: Environment) {
    this.root = root;
    this.current = root;
    this.environment = environment;
  }

  /** Whether what a container gives under a name that JSON values do not inherit is its own. */
  isPlain(container: object): boolean {
    return container === this.plain || container === this.plainRoot || this.recognise(container);
  }

  recognise(container: object): boolean {
    this.trustsPrototypes ??= !isPolluted();
    if (!this.trustsPrototypes || !isPlain(container)) return false;
    if (container === this.root) this.plainRoot = container;
    else this.plain = container;
    return true;
  }

  /** Makes the scope ready for another expression over the same data. */
  reset(): void {
    this.current = this.root;
    this.parent = undefined;
    this.steps = 0;
  }

  /** Evaluates with another `@`, and where that was found if it has a place. */
  within(current: Value, evaluate: Evaluate, parent?: Value, key: string | number = ''): Value {
    const { current: outerCurrent, parent: outerParent, key: outerKey } = this;
    this.current = current;
    this.parent = parent;
    this.key = key;
    const value = evaluate(this);
    this.current = outerCurrent;
    this.parent = outerParent;
    this.key = outerKey;
    return value;
  }

  /** Pays for work before it is done. @throws ExpressionError `LIMIT` when the evaluation has done too much. */
  charge(steps: number): void {
    this.steps += steps;
    if (this.steps > MAX_STEPS) {
      throw new ExpressionError(
        'LIMIT',
        `the evaluation takes more than ${MAX_STEPS} steps; select less data before filtering or searching it`,
      );
    }
  }
}

/** A compiled part of an expression. */
export type Evaluate = (scope: Scope) => Value;
