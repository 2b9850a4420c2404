/**
 * What Go's decoder says about text that is not JSON, in its words: clients and people compare with a real server's.
 *
 * @returns `undefined` for text that is JSON.
 */
export function jsonSyntaxError(text: Iterable<string>): string | undefined {
  const scanner = new Scanner();
  for (const character of text) {
    const error = scanner.step(character);
    if (error !== undefined) return `invalid character ${quoted(character)} ${error}`;
  }
  return scanner.isComplete ? undefined : 'unexpected end of JSON input';
}

/** What may come next inside an object or array, or at the top. */
type Expectation = 'value' | 'first-key' | 'key' | 'colon' | 'comma' | 'first-item' | 'end';

const SPACE = /[ \t\r\n]/;
const LITERALS: Readonly<Record<string, string>> = { t: 'true', f: 'false', n: 'null' };
/** For each state of a number, what follows which character; a state in DONE may end the number. */
const NUMBER: Readonly<Record<string, (character: string) => string | undefined>> = {
  '-': (c) => (c === '0' ? '0' : /[1-9]/.test(c) ? '1' : undefined),
  '0': (c) => (c === '.' ? '.' : /[eE]/.test(c) ? 'e' : undefined),
  '1': (c) => (/\d/.test(c) ? '1' : NUMBER['0']?.(c)),
  '.': (c) => (/\d/.test(c) ? '.0' : undefined),
  '.0': (c) => (/\d/.test(c) ? '.0' : /[eE]/.test(c) ? 'e' : undefined),
  e: (c) => (/[+-]/.test(c) ? 'e+' : NUMBER['e+']?.(c)),
  'e+': (c) => (/\d/.test(c) ? 'e0' : undefined),
  e0: (c) => (/\d/.test(c) ? 'e0' : undefined),
};
const DONE = new Set(['0', '1', '.0', 'e0']);
const NUMBER_ERRORS: Readonly<Record<string, string>> = {
  '-': 'in numeric literal',
  '.': 'after decimal point in numeric literal',
  e: 'in exponent of numeric literal',
  'e+': 'in exponent of numeric literal',
};

/** Reads character by character, as Go's own scanner does, so that it stops where that one stops. */
class Scanner {
  readonly #containers: ('{' | '[')[] = [];
  #expects: Expectation = 'value';
  /** Inside a string: the part of an escape that was read, else the empty text. */
  #escape: string | undefined;
  #isKey = false;
  #literal: { readonly word: string; index: number } | undefined;
  #number: string | undefined;

  get isComplete(): boolean {
    const isNumberDone = this.#number !== undefined && DONE.has(this.#number);
    return (
      (this.#expects === 'end' || (isNumberDone && this.#containers.length === 0)) &&
      this.#literal === undefined
    );
  }

  /** @returns what is wrong with this character here. */
  step(character: string): string | undefined {
    if (this.#escape !== undefined) return this.#string(character, this.#escape);
    if (this.#literal) return this.#word(character, this.#literal);
    if (this.#number !== undefined) {
      const next = NUMBER[this.#number]?.(character);
      const error = NUMBER_ERRORS[this.#number];
      if (next !== undefined || error !== undefined) {
        this.#number = next;
        return next === undefined ? error : undefined;
      }
      this.#number = undefined;
      this.#endValue();
    }
    return SPACE.test(character) ? undefined : this.#token(character);
  }

  #token(character: string): string | undefined {
    switch (this.#expects) {
      case 'value':
        return this.#value(character);
      case 'first-item':
        return character === ']' ? this.#close() : this.#value(character);
      case 'first-key':
      case 'key':
        if (character === '}' && this.#expects === 'first-key') return this.#close();
        if (character !== '"') return 'looking for beginning of object key string';
        this.#isKey = true;
        this.#escape = '';
        return undefined;
      case 'colon':
        if (character !== ':') return 'after object key';
        this.#expects = 'value';
        return undefined;
      case 'comma':
        return this.#afterValue(character);
      case 'end':
        return 'after top-level value';
    }
  }

  #value(character: string): string | undefined {
    const word = LITERALS[character];
    if (character === '{' || character === '[') {
      this.#containers.push(character);
      this.#expects = character === '{' ? 'first-key' : 'first-item';
    } else if (character === '"') this.#escape = '';
    else if (word !== undefined) this.#literal = { word, index: 1 };
    else if (/[-0-9]/.test(character)) this.#number = /[1-9]/.test(character) ? '1' : character;
    else return 'looking for beginning of value';
    return undefined;
  }

  #afterValue(character: string): string | undefined {
    const isObject = this.#containers.at(-1) === '{';
    if (character === (isObject ? '}' : ']')) return this.#close();
    if (character !== ',') return isObject ? 'after object key:value pair' : 'after array element';
    this.#expects = isObject ? 'key' : 'value';
    return undefined;
  }

  #string(character: string, escape: string): string | undefined {
    if (escape === '\\') {
      if (!/["\\/bfnrtu]/.test(character)) return 'in string escape code';
      this.#escape = character === 'u' ? '\\u' : '';
    } else if (escape !== '') {
      if (!/[0-9a-fA-F]/.test(character)) return 'in \\u hexadecimal character escape';
      this.#escape = escape.length === 5 ? '' : escape + character;
    } else if (character === '"') this.#endString();
    else if (character < ' ') return 'in string literal';
    else if (character === '\\') this.#escape = '\\';
    return undefined;
  }

  #word(character: string, literal: { readonly word: string; index: number }): string | undefined {
    const expected = literal.word[literal.index];
    if (character !== expected) return `in literal ${literal.word} (expecting '${expected}')`;
    literal.index += 1;
    if (literal.index < literal.word.length) return undefined;
    this.#literal = undefined;
    this.#endValue();
    return undefined;
  }

  #endString(): void {
    this.#escape = undefined;
    if (this.#isKey) this.#expects = 'colon';
    else this.#endValue();
    this.#isKey = false;
  }

  #close(): undefined {
    this.#containers.pop();
    this.#endValue();
    return undefined;
  }

  #endValue(): void {
    this.#expects = this.#containers.length === 0 ? 'end' : 'comma';
  }
}

const ESCAPES: Readonly<Record<string, string>> = {
  "'": "'\\''",
  '"': `'"'`,
  '\\': "'\\\\'",
  '\n': "'\\n'",
  '\r': "'\\r'",
  '\t': "'\\t'",
};

function quoted(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const known = ESCAPES[character];
  if (known !== undefined) return known;
  if (code < 0x20 || code === 0x7f) return `'\\x${code.toString(16).padStart(2, '0')}'`;
  return code >= 0x80 && code < 0xa0 ? `'\\u${code.toString(16).padStart(4, '0')}'` : `'${character}'`;
}
