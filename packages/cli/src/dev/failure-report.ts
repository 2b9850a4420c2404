/** How many lines of one life are kept, to be compared with the next. */
const MAX_LINES = 200;
/** Frames inside Node itself, and its farewell: they say nothing about the module. */
const NOISE = /^\s+at .*\(?node:internal\/|^Node\.js v\d|^\s*$/;
const ERROR_LINE = /^(?:\w*Error\b|fatal: )/;
const PLACE = /^(?:file:\/\/)?\/.*:\d+$/;

/**
 * What a person reads of a process that dies and is started again: every line while all is well. After a failure the
 * lines are held back until it serves or fails in another way; a failure that repeats itself is mentioned once.
 */
export class FailureReport {
  readonly #write: (text: string) => void;
  #lines: string[] = [];
  /** Of the life before; `undefined` in the first. */
  #lastLines: readonly string[] | undefined;
  #repeats = 0;
  #isShown = true;

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  /** What went wrong in the last life, and where, in one line. */
  get summary(): string {
    const lines = this.#lastLines ?? [];
    const problem =
      lines.findLast((line) => ERROR_LINE.test(line)) ?? lines.at(-1) ?? 'it ends without a word';
    const place = lines.find((line) => PLACE.test(line));
    return place === undefined ? problem : `${problem} (${place})`;
  }

  /** The process wrote a line. */
  line(text: string): void {
    if (NOISE.test(text)) return;
    if (this.#isShown) this.#write(text);
    this.#lines.push(text);
    if (this.#lines.length > MAX_LINES) {
      this.show();
      this.#lines.shift();
    }
  }

  /** Shows what was held back, and every line from now on. */
  show(): void {
    if (this.#isShown) return;
    this.#isShown = true;
    for (const line of this.#lines) this.#write(line);
  }

  /** The life is over. @param how - how it ended, and what happens next. */
  ended(how: string, hasServed: boolean): void {
    const isRepeated = !hasServed && isEqual(this.#lines, this.#lastLines);
    this.#repeats = isRepeated ? this.#repeats + 1 : 0;
    if (this.#repeats === 1)
      this.#write('failed in the same way again; it is tried on, and shown when that changes');
    if (!isRepeated) {
      this.show();
      this.#write(how);
    }
    this.#lastLines = this.#lines;
    this.#lines = [];
    this.#isShown = false;
  }
}

function isEqual(lines: readonly string[], last: readonly string[] | undefined): boolean {
  return (
    last !== undefined && lines.length === last.length && lines.every((line, index) => line === last[index])
  );
}
