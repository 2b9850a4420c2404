import type { TappedMessage } from '@tinysystems/core';
import { safeText } from './safe-text.ts';
import { milliseconds } from './span-tree.ts';

/** How much of a message, and of a reply, a line shows. */
const MAX_SHOWN = 300;

/** A tapped message on one line. */
export function tapLine(message: TappedMessage): string {
  const { atMs, from = 'signal', to, durationMs, data, reply, error } = message;
  const time = new Date(atMs).toISOString().slice(11, 23);
  const answer = reply === undefined ? '' : ` → ${shown(reply)}`;
  const failure = error === undefined ? '' : ` ✗ ${safeText(`${error.code}: ${error.message}`)}`;
  return `${time} ${safeText(`${from} → ${to}`)} (${milliseconds(durationMs)}) ${shown(data)}${answer}${failure}`;
}

function shown(text: string): string {
  return safeText(text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN)}…`);
}
