import type { Background, Component, Json, Reply } from '@tinysystems/core';
import type { z } from 'zod';
import { type Behaviour, buildComponent } from './build-component.ts';
import type { HandlerContext, NodeContext } from './context.ts';
import type { Accepted, Answered, Emitted, Immutable, Ports } from './ports.ts';

/** Settings of a component that declares none. */
export type NoSettings = z.ZodObject<Record<never, never>>;

/** What every component declares. */
export interface ComponentDescription<S extends z.ZodObject, P extends Ports, D extends Ports> {
  /** Unique in the module; what `spec.component` of a TinyNode names. */
  readonly name: string;
  /** One line. */
  readonly description: string;
  /** More, as Markdown. */
  readonly info?: string;
  readonly tags?: readonly string[];
  readonly settings?: S;
  readonly ports: P;
  /** Out ports that depend on the settings; `outputs()` makes them. */
  readonly dynamicPorts?: (settings: Immutable<z.output<S>>) => D;
  /**
   * Adds the setting `enableErrorPort`; when it is on, what a handler throws is emitted on the port `error`
   * as `{context, error, retryable}` instead of failing the caller.
   */
  readonly errorPort?: boolean;
  /** What a person sees and presses: the `_control` port. */
  readonly control?: ControlDescription;
  /** What the state of a node may have, keys and values, bytes; default 65 536 (64 KiB), at most 900 000. */
  readonly maxStateBytes?: number;
}

/** The shape of the `_control` port: buttons are booleans with `format: 'button'`. */
export interface ControlDescription {
  readonly schema: z.ZodObject;
}

/** One handler for each in port. */
export type Handlers<S extends z.ZodObject, P extends Ports, D extends Ports> = {
  readonly [K in keyof Accepted<P>]: (
    message: Accepted<P>[K],
    context: Context<S, P, D>,
  ) => Promise<Reply> | Reply;
};

type Out<P, D> = Emitted<P> & Emitted<D>;
export type Context<S extends z.ZodObject, P extends Ports, D extends Ports> = HandlerContext<
  Immutable<z.output<S>>,
  Out<P, D>,
  Answered<P>
>;
export type Node<S extends z.ZodObject, P extends Ports, D extends Ports> = NodeContext<
  Immutable<z.output<S>>,
  Out<P, D>,
  Answered<P>
>;

/** What a component does. */
export interface ComponentBehaviour<S extends z.ZodObject, P extends Ports, D extends Ports> {
  readonly on: Handlers<NoInfer<S>, NoInfer<P>, D>;
  /** Called with new settings before they are in force; throwing rejects them. */
  readonly accept?: (settings: Immutable<z.output<S>>) => Promise<void> | void;
  /** Work that belongs to the node, not to a message. */
  readonly background?: Background;
  /** Takes what a person submits on `_control`. */
  readonly submit?: (
    submission: Readonly<Record<string, unknown>>,
    context: Context<S, P, D>,
  ) => Promise<Reply> | Reply;
  /** What a person sees on `_control`. */
  readonly view?: () => Json;
  /** This replica lets go of the node; it lives on elsewhere. */
  readonly released?: () => Promise<void> | void;
  /** The node was deleted. */
  readonly deleted?: () => Promise<void> | void;
}

/** Declares a component whose handlers keep nothing between messages. */
export function component<
  P extends Ports,
  S extends z.ZodObject = NoSettings,
  D extends Ports = Record<never, never>,
>(
  definition: ComponentDescription<S, P, D> & Pick<ComponentBehaviour<S, P, D>, 'on' | 'accept' | 'submit'>,
): Component {
  const { on, accept, submit } = definition;
  return buildComponent(definition, () => ({ on, accept, submit }) as unknown as Behaviour);
}

/** Declares a component with one closure for each node: what it keeps lives as long as the node does on this replica. */
export function statefulComponent<
  P extends Ports,
  S extends z.ZodObject = NoSettings,
  D extends Ports = Record<never, never>,
>(
  definition: ComponentDescription<S, P, D> & {
    readonly create: (node: Node<S, P, D>) => NoInfer<ComponentBehaviour<S, P, D>>;
  },
): Component {
  const create = definition.create as unknown as (node: unknown) => Behaviour;
  return buildComponent(definition, create);
}
