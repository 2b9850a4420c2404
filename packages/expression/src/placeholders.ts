/** A piece of a template text. */
export type Piece = { readonly kind: 'text'; readonly text: string } | Placeholder;

/** A placeholder: the source between `{{` and `}}`, and how it was written with them. */
export interface Placeholder {
  readonly kind: 'placeholder';
  readonly source: string;
  readonly written: string;
}

/** Scans for a balanced end that may fail in one text: each costs up to the length of its line. */
const MAX_UNBALANCED = 16;

/**
 * Cuts a text at its placeholders. A placeholder is closed by the first `}}` outside quotes and braces, or, when its
 * quotes or braces do not match, by the first `}}`. Empty ones and those with a line break are literal text.
 */
export function piecesOf(text: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let unbalanced = 0;
  let literal = 0;
  let open = text.indexOf('{{');
  while (open !== -1) {
    const nearest = text.indexOf('}}', open + 3);
    if (nearest === -1) break;
    const lineEnd = endOfLine(text, open);
    if (nearest > lineEnd) {
      open = text.indexOf('{{', lineEnd);
      continue;
    }
    const balanced = unbalanced < MAX_UNBALANCED ? balancedEnd(text, open + 2, lineEnd) : -1;
    if (balanced === -1) unbalanced += 1;
    if (balanced === open + 2) {
      open = text.indexOf('{{', balanced + 2);
      continue;
    }
    const close = balanced === -1 ? nearest : balanced;
    if (open > literal) pieces.push({ kind: 'text', text: text.slice(literal, open) });
    const written = text.slice(open, close + 2);
    pieces.push({ kind: 'placeholder', source: written.slice(2, -2).trim(), written });
    literal = close + 2;
    open = text.indexOf('{{', literal);
  }
  if (literal < text.length) pieces.push({ kind: 'text', text: text.slice(literal) });
  return pieces;
}

function endOfLine(text: string, start: number): number {
  const end = text.indexOf('\n', start);
  return end === -1 ? text.length : end;
}

function balancedEnd(text: string, start: number, limit: number): number {
  let depth = 0;
  let quote = '';
  for (let index = start; index < limit; index += 1) {
    const character = text.charAt(index);
    if (quote !== '') {
      if (character === '\\') index += 1;
      else if (character === quote) quote = '';
    } else if (character === '"' || character === "'") {
      quote = character;
    } else if (character === '{') {
      depth += 1;
    } else if (character === '}') {
      if (depth === 0 && text.charAt(index + 1) === '}') return index;
      depth -= 1;
    }
  }
  return -1;
}
