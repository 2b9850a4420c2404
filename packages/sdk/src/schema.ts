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
 * @throws Error for refine, transform, pipe, coerce or a custom type: JSON Schema cannot carry them.
 */
export function toJsonSchema(schema: z.ZodType, where: string): JsonSchema {
  refuseUnportable(schema, where, new Set());
  const { $schema: _dialect, '~standard': _standard, ...published } = z.toJSONSchema(schema, { io: 'input', target: 'draft-2020-12', reused: 'inline' });
  return withoutSafeIntegerBounds(published) as JsonSchema;
}

interface Definition {
  readonly type: string;
  readonly coerce?: boolean;
  readonly checks?: readonly { readonly _zod: { readonly def: { readonly check: string } } }[];
  readonly [part: string]: unknown;
}

function refuseUnportable(schema: z.ZodType, where: string, seen: Set<unknown>): void {
  if (seen.has(schema)) return;
  seen.add(schema);
  const definition = schema._zod.def as unknown as Definition;
  const isRefined = definition.checks?.some((check) => check._zod.def.check === 'custom') === true;
  if (isRefined || definition.coerce === true || UNPORTABLE.has(definition.type)) {
    const what = isRefined ? 'refine()' : definition.coerce === true ? 'z.coerce' : `${definition.type}()`;
    throw new Error(`${where}: ${what} has no JSON Schema; check such values in the handler, or in settings' own handler`);
  }
  for (const part of Object.values(definition)) visit(part, where, seen);
}

const UNPORTABLE = new Set(['custom', 'pipe', 'transform', 'promise', 'function']);

function visit(part: unknown, where: string, seen: Set<unknown>): void {
  if (typeof part !== 'object' || part === null) return;
  if ('_zod' in part) refuseUnportable(part as z.ZodType, where, seen);
  else if (Array.isArray(part)) for (const item of part) visit(item, where, seen);
  else if (Object.getPrototypeOf(part) === Object.prototype) for (const item of Object.values(part)) visit(item, where, seen);
}

/** `z.int()` adds the bounds of safe integers, which say nothing to a reader. */
function withoutSafeIntegerBounds(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withoutSafeIntegerBounds);
  if (typeof schema !== 'object' || schema === null) return schema;
  const entries = Object.entries(schema).filter(
    ([key, value]) =>
      !(key === 'minimum' && value === Number.MIN_SAFE_INTEGER) && !(key === 'maximum' && value === Number.MAX_SAFE_INTEGER),
  );
  return Object.fromEntries(entries.map(([key, value]) => [key, withoutSafeIntegerBounds(value)]));
}
