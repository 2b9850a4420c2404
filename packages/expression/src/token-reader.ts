import { ExpressionError } from './expression-error.ts';
import { MAX_NESTING } from './limits.ts';
import { type Token, tokenize } from './tokenize.ts';

const END: Token = { kind: 'end', text: '', position: 0, end: 0 };

/** Walks a list of tokens and counts how deep the parser that uses it is nested. */
export class TokenReader {
  readonly #source: string;
  readonly #tokens: readonly Token[];
  #index = 0;
  #nesting = 0;

  constructor(source: string) {
    this.#source = source;
    this.#tokens = tokenize(source);
  }

  get token(): Token {
    return this.#tokens[this.#index] ?? END;
  }

  /** How many tokens are behind, a measure of the work to evaluate them. */
  get consumed(): number {
    return this.#index;
  }

  /** Offset behind the last token that was consumed. */
  get end(): number {
    return this.#tokens[this.#index - 1]?.end ?? 0;
  }

  peek(): Token {
    return this.#tokens[this.#index + 1] ?? END;
  }

  next(): Token {
    const token = this.token;
    this.#index += 1;
    return token;
  }

  isAt(symbol: string): boolean {
    return this.token.kind === 'symbol' && this.token.text === symbol;
  }

  /** Consumes `symbol` if it is next. */
  accept(symbol: string): boolean {
    const found = this.isAt(symbol);
    if (found) this.#index += 1;
    return found;
  }

  expect(symbol: string, purpose: string): void {
    if (!this.accept(symbol)) throw this.unexpected(`write '${symbol}' ${purpose}`, `'${symbol}'`);
  }

  /** The error of a token that does not belong here. */
  unexpected(advice: string, expected: string): ExpressionError {
    const { kind, position, end } = this.token;
    const text = this.#source.slice(position, end);
    const found = kind === 'end' ? 'the expression ends too early' : `unexpected ${JSON.stringify(text)}`;
    return new ExpressionError('SYNTAX', `${found}; ${advice}`, { position, text, expected });
  }

  /** Runs `parse` one level deeper. @throws ExpressionError `LIMIT` below 64 levels. */
  nested<T>(parse: () => T): T {
    this.#nesting += 1;
    if (this.#nesting > MAX_NESTING) {
      throw new ExpressionError('LIMIT', `the expression nests deeper than ${MAX_NESTING} levels; split it`, {
        position: this.token.position,
      });
    }
    const result = parse();
    this.#nesting -= 1;
    return result;
  }
}
