/** Characters that a terminal acts on instead of showing them, or that turn the order of others around. */
// eslint-disable-next-line no-control-regex -- they are what is looked for
const ACTIVE = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** Text of others, as it may be written to a terminal: on one line, and nothing in it has an effect. */
export function safeText(text: string): string {
  return text.replace(ACTIVE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** A value as JSON that may be written to a terminal: what JSON itself leaves as it is, is escaped as JSON escapes. */
export function safeJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent)
    .split('\n') // of its own: those in texts are escaped already
    .map(safeText)
    .join('\n');
}
