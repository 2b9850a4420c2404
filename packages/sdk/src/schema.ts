import type { JsonSchema } from '@tinysystems/core';
import { z } from 'zod';

declare module 'zod' {
  /** What a field may say beside its type; each is a keyword of the published JSON Schema. */
  interface GlobalMeta {
    /** The flow author may give this field a schema of their own. */
    configurable?: boolean;
    /** Never shown in status, spans, logs, events or on the command line. */
    secret?: boolean;
    /** This field's schema is offered to the ports that the node's messages go to. */
    shared?: boolean;
    /** How a form shows the field: `textarea`, `password`, `button`, `code:json`, `markdown` … */
    format?: string;
    /** The tab of the form that shows the field. */
    tab?: string;
  }
}

export { z };

/** A zod schema of any type. */
export type Schema<T = unknown> = z.ZodType<T>;

/**
 * The JSON Schema (2020-12, what goes in) of a zod schema: no definitions, our keywords kept, key order kept.
 *
 * @param where - what the error names, e.g. `component router, port input`.
 * @throws Error for whatever JSON Schema cannot carry: refine, transform, pipe, coerce, catch, a custom type, a date …;
 *   and for what it carries by definitions only: a schema with an `id`, or one that contains itself.
 */
export function toJsonSchema(schema: z.ZodType, where: string): JsonSchema {
  refuseUnportable(schema, { where, open: new Set(), seen: new Set() });
  const { $schema: _dialect, '~standard': _standard, ...published } = exported(schema, where);
  return withoutSafeIntegerBounds(published) as JsonSchema;
}

function exported(schema: z.ZodType, where: string): Record<string, unknown> {
  try {
    return z.toJSONSchema(schema, { io: 'input', target: 'draft-2020-12', reused: 'inline' });
  } catch (error) {
    throw new Error(`${where}: ${(error as Error).message}`, { cause: error });
  }
}

interface Definition {
  readonly type: string;
  readonly coerce?: boolean;
  readonly getter?: () => unknown;
  readonly checks?: readonly { readonly _zod: { readonly def: { readonly check: string } } }[];
}

/** A walk through a schema. */
interface Walk {
  readonly where: string;
  /** The schemas that the present one is in. */
  readonly open: Set<unknown>;
  readonly seen: Set<unknown>;
}

function refuseUnportable(schema: z.ZodType, walk: Walk): void {
  const { where, open, seen } = walk;
  if (open.has(schema)) {
    throw new Error(`${where}: a schema cannot contain itself: write z.unknown() where it would`);
  }
  if (seen.has(schema)) return;
  seen.add(schema);
  if (z.globalRegistry.get(schema)?.id !== undefined) {
    throw new Error(`${where}: a schema with an id would be published as a definition: leave the id away`);
  }
  const definition = schema._zod.def as Definition;
  const what = unportablePart(definition);
  if (what !== undefined) {
    throw new Error(
      `${where}: ${what} has no JSON Schema; check such values in the handler, or settings in accept()`,
    );
  }
  open.add(schema);
  if (definition.type === 'lazy') visit(definition.getter?.(), walk);
  for (const part of Object.values(definition)) visit(part, walk);
  open.delete(schema);
}

const UNPORTABLE = new Set(['custom', 'pipe', 'transform', 'promise', 'function', 'catch']);
/** Checks that run code: `refine()` and its like, and `trim()` or `toLowerCase()`, which change the value. */
const UNPORTABLE_CHECKS = new Map([
  ['custom', 'refine()'],
  ['overwrite', 'a change of the value, such as trim(),'],
]);

/** What of a schema is lost in JSON Schema, as its author wrote it. */
function unportablePart({ type, coerce, checks = [] }: Definition): string | undefined {
  const check = checks
    .map(({ _zod }) => UNPORTABLE_CHECKS.get(_zod.def.check))
    .find((found) => found !== undefined);
  if (check !== undefined) return check;
  if (coerce === true) return 'z.coerce';
  return UNPORTABLE.has(type) ? `${type}()` : undefined;
}

function visit(part: unknown, walk: Walk): void {
  if (typeof part !== 'object' || part === null) return;
  if ('_zod' in part) refuseUnportable(part as z.ZodType, walk);
  else if (Array.isArray(part)) for (const item of part) visit(item, walk);
  else if (Object.getPrototypeOf(part) === Object.prototype)
    for (const item of Object.values(part)) visit(item, walk);
}

/** `z.int()` adds the bounds of safe integers, which say nothing to a reader. */
function withoutSafeIntegerBounds(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withoutSafeIntegerBounds);
  if (typeof schema !== 'object' || schema === null) return schema;
  const entries = Object.entries(schema).filter(
    ([key, value]) =>
      !(key === 'minimum' && value === Number.MIN_SAFE_INTEGER) &&
      !(key === 'maximum' && value === Number.MAX_SAFE_INTEGER),
  );
  return Object.fromEntries(entries.map(([key, value]) => [key, withoutSafeIntegerBounds(value)]));
}
