import { type Json, NO_REPLY, type Reply, replyWith } from '@tinysystems/core';

/** Answers the caller with a value. */
export function reply(value: Json): Reply {
  return replyWith(value);
}

/** Answers nothing: the handler is done. */
export const done: Reply = NO_REPLY;
