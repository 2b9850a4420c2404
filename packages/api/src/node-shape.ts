import { parseDurationMs } from '@tinysystems/core';
import type { TinyNode, TinyNodeSpec, TinyNodeStatus } from './types.ts';

/** A spec that could not be read, reduced to whose it is. */
export interface UnreadableSpec extends TinyNodeSpec {
  readonly unreadable: string;
}

/**
 * A TinyNode as everybody may read it. The API server checks what is written, but not with a CRD of an earlier version,
 * and not what was stored before: one malformed node must not stop those beside it.
 *
 * @returns the same object when spec and status have their shape; else without status, and with a spec that has module
 * and component at most, does not run, and says why in {@link unreadableBecause}.
 */
export function readableNode(node: TinyNode): TinyNode {
  const { spec, status } = node as { readonly spec: unknown; readonly status?: unknown };
  const isStatusWell = status === undefined || STATUS(status, 'status') === undefined;
  const problem = SPEC(spec, 'spec');
  if (problem === undefined && isStatusWell) return node;
  const { status: _status, ...rest } = node;
  const read = isStatusWell && status !== undefined ? { ...rest, status: status as TinyNodeStatus } : rest;
  return problem === undefined ? read : { ...read, spec: reduced(spec, problem) };
}

/** Why the spec of a node could not be read; `undefined`: it could. */
export function unreadableBecause({ spec }: TinyNode): string | undefined {
  return (spec as Partial<UnreadableSpec>).unreadable;
}

function reduced(spec: unknown, unreadable: string): UnreadableSpec {
  const { module, component } = (isObject(spec) ? spec : {}) as Readonly<Record<string, unknown>>;
  const textOf = (value: unknown) => (typeof value === 'string' ? value : '');
  return { module: textOf(module), component: textOf(component), run: false, edges: [], unreadable };
}

/** Says what is wrong with a value at a path. */
type Check = (value: unknown, path: string) => string | undefined;

const is =
  (what: string, test: (value: unknown) => boolean): Check =>
  (value, path) =>
    test(value) ? undefined : `${path} must be ${what}`;

const optional =
  (check: Check): Check =>
  (value, path) =>
    value === undefined ? undefined : check(value, path);

const listOf =
  (check: Check): Check =>
  (value, path) => {
    if (!Array.isArray(value)) return `${path} must be a list`;
    for (const [index, item] of value.entries()) {
      const problem = check(item, `${path}[${index}]`);
      if (problem !== undefined) return problem;
    }
    return undefined;
  };

/** An object with these fields; others are left alone. */
const fields = (checks: Readonly<Record<string, Check>>): Check => {
  const entries = Object.entries(checks);
  return (value, path) => {
    if (!isObject(value)) return `${path} must be an object`;
    for (const [name, check] of entries) {
      const problem = check((value as Readonly<Record<string, unknown>>)[name], `${path}.${name}`);
      if (problem !== undefined) return problem;
    }
    return undefined;
  };
};

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const text = is('a text', (value) => typeof value === 'string');
const flag = is('true or false', (value) => typeof value === 'boolean');
const object = is('an object', isObject);
const duration = is(
  'a duration such as 100ms or 5s',
  (value) => typeof value === 'string' && parseDurationMs(value) !== undefined,
);
const integer = (least: number): Check =>
  is(
    `a whole number of at least ${least}`,
    (value) => Number.isSafeInteger(value) && (value as number) >= least,
  );
const share = is('a number from 0 to 1', (value) => typeof value === 'number' && value >= 0 && value <= 1);
const factor = is('a number of at least 1', (value) => typeof value === 'number' && value >= 1);

const SPEC = fields({
  module: text,
  component: text,
  version: optional(text),
  run: optional(flag),
  settings: optional(object),
  ports: optional(listOf(fields({ name: text, schema: optional(object) }))),
  concurrency: optional(fields({ max: optional(integer(1)), queue: optional(integer(0)) })),
  edges: optional(
    listOf(
      fields({
        id: text,
        port: text,
        to: text,
        toPort: text,
        onExpressionError: optional(is('Fail or Null', (value) => value === 'Fail' || value === 'Null')),
        retry: optional(
          fields({
            maxAttempts: optional(integer(1)),
            initialDelay: optional(duration),
            maxDelay: optional(duration),
            multiplier: optional(factor),
            jitter: optional(share),
            attemptTimeout: optional(duration),
          }),
        ),
      }),
    ),
  ),
});

const STATUS = fields({
  ports: optional(listOf(fields({ name: text, source: optional(flag), schema: optional(object) }))),
  conditions: optional(
    listOf(fields({ type: text, status: text, reason: optional(text), message: optional(text) })),
  ),
  metadata: optional(object),
});
