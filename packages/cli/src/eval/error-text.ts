import type { Failure } from './evaluate.ts';

/** How much of a long expression is shown on either side of the place. */
const AROUND = 40;
const INDENT = '  ';

/** A failure for the terminal: what happened, and the expression with a caret under the place. */
export function errorText({ path, expression = '', position, start, text, message }: Failure): string {
  const place = path === undefined || path === '' ? '' : `${path}: `;
  if (expression === '') return `${place}${message}`;
  const shown = `${place}${message}\n${INDENT}`;
  if (position === undefined) return `${shown}${printable(expression.slice(0, 2 * AROUND))}`;
  const from = Math.max(0, position - AROUND);
  const to = Math.min(expression.length, position + AROUND);
  const left = from > 0 ? '…' : '';
  const line = `${left}${expression.slice(from, to)}${to < expression.length ? '…' : ''}`;
  const first = Math.max(start ?? position, from);
  const last = Math.max(Math.min((start ?? position) + (text?.length ?? 0), to), position + 1);
  const marks =
    blanks(left + expression.slice(from, first), ' ') +
    blanks(expression.slice(first, position), '~') +
    '^' +
    blanks(expression.slice(position + 1, last), '~');
  return `${shown}${printable(line)}\n${INDENT}${marks}`;
}

/** One mark for each character of a text. */
function blanks(text: string, mark: string): string {
  return mark.repeat(Array.from(text).length);
}

/** Without what would move the caret or steer the terminal. */
function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, '\u00b7');
}
