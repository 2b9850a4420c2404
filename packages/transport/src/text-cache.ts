const SLOTS = 512;
/** Longer texts are not kept. */
const MAX_BYTES = 96;

/** Makes strings of bytes; one that it has made before it finds again, for a fraction of the time. */
export class TextCache {
  readonly #slots: string[] = Array.from({ length: SLOTS }, () => '');

  read(memory: Buffer, start: number, end: number): string {
    const length = end - start;
    if (length > MAX_BYTES || length === 0) return memory.toString('utf8', start, end);
    const slot = slotOf(memory, start, end);
    const known = this.#slots[slot] as string;
    if (known.length === length && isSame(known, memory, start)) return known;
    const text = memory.toString('utf8', start, end);
    this.#slots[slot] = text;
    return text;
  }
}

function slotOf(memory: Buffer, start: number, end: number): number {
  let hash = end - start;
  for (let at = start; at < end; at += 1) hash = (Math.imul(hash, 31) + (memory[at] as number)) | 0;
  return (hash ^ (hash >>> 9)) & (SLOTS - 1);
}

/** Only ASCII has as many bytes as characters, and the same codes. */
function isSame(text: string, memory: Buffer, start: number): boolean {
  for (let index = 0; index < text.length; index += 1)
    if (text.charCodeAt(index) !== memory[start + index]) return false;
  return true;
}
