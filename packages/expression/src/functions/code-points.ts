const ASCII = /^\p{ASCII}*$/u;
const PIECES = /\p{ASCII}+|\P{ASCII}/gu;
const SPACES = new Set('\t\n\v\f\r \u0085\u00a0\u1680\u2028\u2029\u202f\u205f\u3000');

export function isAscii(text: string): boolean {
  return ASCII.test(text);
}

/** Maps a text character by character, independent of their neighbours, and runs of ASCII at once. */
export function mapPieces(text: string, map: (piece: string) => string): string {
  return isAscii(text) ? map(text) : text.replace(PIECES, map);
}

/** Removes Unicode white space at both ends. */
export function trimSpace(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isSpace(text.charAt(start))) start += 1;
  while (end > start && isSpace(text.charAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

function isSpace(character: string): boolean {
  return SPACES.has(character) || (character >= '\u2000' && character <= '\u200a');
}
