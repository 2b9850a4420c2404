import type { Json } from './json.ts';

declare const REPLY: unique symbol;

/**
 * What a handler must return: the answer that travels back to the caller of its message.
 * Only an emit, `replyWith(value)` and `NO_REPLY` make one, so a dropped downstream reply does not compile.
 * At run time it is the bare JSON value, or `undefined` for no answer: nothing is allocated per hop.
 */
export interface Reply {
  readonly [REPLY]: true;
}

/** The reply that carries `value`; `undefined` means no answer. */
export function replyWith(value: Json | undefined): Reply {
  return value as unknown as Reply; // the brand exists in types only
}

/** The JSON value of a reply; `undefined` for no answer. */
export function valueOf(reply: Reply | undefined): Json | undefined {
  return reply as unknown as Json | undefined;
}

/** The handler has nothing to answer. */
export const NO_REPLY: Reply = replyWith(undefined);

/** What a delivery answers, as a reply. */
export function replyFrom(answer: Promise<Json | undefined>): Promise<Reply> {
  return answer as Promise<unknown> as Promise<Reply>;
}
