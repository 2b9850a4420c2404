import type { Cause } from '../http/status.ts';

/** The most that one expression may cost, by estimate and over all the values that a request can hold. */
const EXPRESSION_LIMIT = 10_000_000;
/** The same for all expressions of a schema together. */
const SCHEMA_LIMIT = 100_000_000;
/** So many of the most expensive expressions are named. */
const NAMED = 4;

/** Adds up what the rules of a schema may cost. */
export class RuleCosts {
  readonly #costs: { readonly field: string; readonly cost: number }[] = [];

  /** @returns what is wrong when the expression alone costs too much. */
  add(what: 'rule' | 'messageExpression', cost: number, field: string): readonly Cause[] {
    this.#costs.push({ field, cost });
    return cost <= EXPRESSION_LIMIT
      ? []
      : [tooExpensive(`estimated ${what} cost`, cost / EXPRESSION_LIMIT, field)];
  }

  /** @returns what is wrong when all of them cost too much. */
  total(path: string): readonly Cause[] {
    const total = this.#costs.reduce((sum, { cost }) => sum + cost, 0);
    if (total <= SCHEMA_LIMIT) return [];
    const worst = this.#costs.toSorted((a, b) => b.cost - a.cost).slice(0, NAMED);
    const text =
      'contributed to estimated rule & messageExpression cost total exceeding cost limit for entire OpenAPIv3 schema';
    const name =
      'x-kubernetes-validations estimated rule & messageExpression cost total for entire OpenAPIv3 schema';
    return [
      ...worst.map(({ field }) => forbidden(text, field)),
      tooExpensive(name, total / SCHEMA_LIMIT, path),
    ];
  }
}

function tooExpensive(name: string, factor: number, field: string): Cause {
  const shown = factor > 100 ? 'more than 100x' : `${factor < 1.5 ? factor.toFixed(6) : factor.toFixed(1)}x`;
  const advice =
    'try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared';
  return forbidden(`${name} exceeds budget by factor of ${shown} (${advice})`, field);
}

function forbidden(text: string, field: string): Cause {
  return { reason: 'FieldValueForbidden', message: `Forbidden: ${text}`, field };
}
