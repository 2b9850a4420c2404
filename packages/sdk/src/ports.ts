import type { Answers, PortPosition } from '@tinysystems/core';
import type { z } from 'zod';

declare const ACCEPTS: unique symbol;
declare const EMITS: unique symbol;
declare const ANSWERS: unique symbol;

/** A JSON value that others have too: messages and settings are shared by reference, so nobody may write into them. */
export type Immutable<T> = T extends object ? { readonly [K in keyof T]: Immutable<T[K]> } : T;

/** How a port is shown. */
export interface PortOptions {
  /** What people read; default: the name in words. */
  readonly label?: string;
  /** Default: left for in ports, right for out ports. */
  readonly position?: PortPosition;
}

/** What an in port says about its handler, so that a flow can be checked before it runs. */
export interface InputOptions extends PortOptions {
  /** Every message is emitted on at least one of these out ports. */
  readonly emits?: readonly string[];
  /** Who answers the sender: the handler `itself`, whoever answers what it emits (`passed`), or nobody (`never`). */
  readonly answers?: Answers;
}

/** An in port that takes `T`. */
export interface InputPort<T> extends InputOptions {
  readonly direction: 'in';
  readonly schema: z.ZodType;
  readonly [ACCEPTS]?: T;
}

/** An out port that emits `T` and is answered with `R`. */
export interface OutputPort<T, R> extends PortOptions {
  readonly direction: 'out';
  readonly schema: z.ZodType;
  readonly reply: z.ZodType | undefined;
  readonly branches: 'all' | 'settled';
  readonly [EMITS]?: T;
  readonly [ANSWERS]?: R;
}

/** Options of an out port. */
export interface OutputOptions<R extends z.ZodType> extends PortOptions {
  /** What `request` on this port is answered with. */
  readonly reply?: R;
  /** `settled` ignores failures of branches when another branch ended well; default `all`. */
  readonly branches?: 'all' | 'settled';
}

/** Declares an in port: what a message must look like. */
export function input<S extends z.ZodType>(
  schema: S,
  options: InputOptions = {},
): InputPort<Immutable<z.output<S>>> {
  return { direction: 'in', schema, ...options };
}

/** Declares an out port: what it emits, and what answers it. */
export function output<S extends z.ZodType, R extends z.ZodType = z.ZodNever>(
  schema: S,
  options: OutputOptions<R> = {},
): OutputPort<Immutable<z.input<S>>, Immutable<z.output<R>>> {
  const { reply, branches = 'all', ...shown } = options;
  return { direction: 'out', schema, reply, branches, ...shown };
}

/**
 * Out ports of one shape whose names follow the settings: `outputs('out_', ['a', 'b'], schema)` → `out_a`, `out_b`.
 */
export function outputs<const Prefix extends string, S extends z.ZodType>(
  prefix: Prefix,
  names: readonly string[],
  schema: S,
): Readonly<Record<`${Prefix}${string}`, OutputPort<Immutable<z.input<S>>, never>>> {
  const ports = names.map(
    (name) => [`${prefix}${name}`, output(schema, { label: name.toUpperCase() })] as const,
  );
  return Object.fromEntries(ports) as Record<`${Prefix}${string}`, OutputPort<Immutable<z.input<S>>, never>>;
}

/** The ports of a component, by name. */
export type Ports = Readonly<Record<string, InputPort<unknown> | OutputPort<unknown, unknown>>>;

/** What the in ports of `P` take, by name. */
export type Accepted<P> = {
  [K in keyof P as P[K] extends { readonly direction: 'in' } ? K : never]: P[K] extends InputPort<infer T>
    ? T
    : never;
};

/** What the out ports of `P` emit, by name. */
export type Emitted<P> = {
  [K in keyof P as P[K] extends { readonly direction: 'out' } ? K : never]: P[K] extends OutputPort<
    infer T,
    unknown
  >
    ? T
    : never;
};

/** What answers the out ports of `P` that declare a reply, by name. */
export type Answered<P> = {
  [
    K in keyof P as P[K] extends OutputPort<unknown, infer R> ? ([R] extends [never] ? never : K) : never
  ]: P[K] extends OutputPort<unknown, infer R> ? R : never;
};
