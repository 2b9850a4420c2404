import { SecretMask } from '@tinysystems/core';

/** A text in quotes; the last one may be open. */
const QUOTED = /(['"])((?:\\.|(?!\1).)*)(?:\1|$)/g;
const PLACEHOLDER = /\{\{.*?\}\}/g;

/** Hides the texts that stand in an expression: the field they are meant for may be secret. */
export function maskOfTexts(expression: string): SecretMask {
  const mask = new SecretMask();
  mask.hold([...expression.matchAll(QUOTED)].map(([, , text = '']) => text));
  return mask;
}

/** The expressions in a text of a mapping, as they may be told; empty when there are none. */
export function shownExpressions(text: string): string {
  return (text.match(PLACEHOLDER) ?? []).map((written) => maskOfTexts(written).text(written)).join(' ');
}
