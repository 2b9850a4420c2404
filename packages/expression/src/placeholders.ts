/** A piece of a template text: literal text, or the source between `{{` and `}}`. */
export type Piece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'placeholder'; readonly source: string };

/**
 * Cuts a text at its placeholders. A placeholder is closed by the first `}}` outside quotes and braces, or, when its
 * quotes or braces do not match, by the first `}}`. Empty ones and those with a line break are literal text.
 */
export function piecesOf(text: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let literal = 0;
  let open = text.indexOf('{{');
  while (open !== -1) {
    const close = closing(text, open + 2);
    if (close === -1) {
      open = text.indexOf('{{', open + 1);
      continue;
    }
    if (open > literal) pieces.push({ kind: 'text', text: text.slice(literal, open) });
    pieces.push({ kind: 'placeholder', source: text.slice(open + 2, close).trim() });
    literal = close + 2;
    open = text.indexOf('{{', literal);
  }
  if (literal < text.length) pieces.push({ kind: 'text', text: text.slice(literal) });
  return pieces;
}

/** The offset of the `}}` that closes the placeholder whose content starts at `start`; -1 if it is none. */
function closing(text: string, start: number): number {
  const lineEnd = text.indexOf('\n', start);
  const line = lineEnd === -1 ? text.length : lineEnd;
  const end = balancedEnd(text, start, line);
  const found = end === -1 ? text.indexOf('}}', start) : end;
  return found > start && found < line ? found : -1;
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
