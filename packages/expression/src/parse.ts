import { CONSTANTS } from './constants.ts';
import { ExpressionError } from './expression-error.ts';
import { MAX_OPERATORS } from './limits.ts';
import { PathParser } from './parse-path.ts';
import { isBinaryOperator, type Node, PRECEDENCE } from './syntax.ts';
import { TokenReader } from './token-reader.ts';
import { type Token, tokenize } from './tokenize.ts';

/**
 * Parses one expression (`docs/reference/expressions.md` has the grammar).
 *
 * @throws ExpressionError `SYNTAX`, `UNKNOWN_NAME` or `LIMIT`, with the position of the offending token.
 */
export function parse(source: string): Node {
  return new Parser(tokenize(source)).parse();
}

class Parser {
  readonly #reader: TokenReader;
  readonly #paths: PathParser;
  #operators = 0;

  constructor(tokens: readonly Token[]) {
    this.#reader = new TokenReader(tokens);
    this.#paths = new PathParser(this.#reader, () => this.#costed());
  }

  parse(): Node {
    const node = this.#expression();
    if (this.#reader.token.kind !== 'end')
      throw this.#reader.unexpected('one expression ends here; join two with an operator');
    return node;
  }

  /** The whole grammar, lowest level first: `a |> f(b)` is `f(a, b)`. */
  #expression(): Node {
    let node = this.#ternary();
    while (this.#reader.accept('|>')) {
      const { kind, text, position } = this.#reader.token;
      if (kind !== 'name') throw this.#reader.unexpected("name a function after '|>'");
      this.#reader.next();
      this.#countOperator(position);
      const rest = this.#reader.accept('(') ? this.#list(')') : [];
      node = this.#paths.steps({ kind: 'call', name: text, arguments: [node, ...rest], position });
    }
    return node;
  }

  #ternary(): Node {
    const condition = this.#binary(1);
    if (!this.#reader.accept('?')) return condition;
    return this.#reader.nested(() => {
      const whenTrue = this.#ternary();
      this.#reader.expect(':', 'and the value for a false condition');
      return { kind: 'ternary', condition, whenTrue, whenFalse: this.#ternary() };
    });
  }

  /** Operators that bind at least as tightly as `minimum`. */
  #binary(minimum: number): Node {
    let left = this.#unary();
    for (;;) {
      const { kind, text, position } = this.#reader.token;
      if (kind !== 'symbol' || !isBinaryOperator(text) || PRECEDENCE[text] < minimum) return left;
      this.#reader.next();
      this.#countOperator(position);
      const right =
        text === '**'
          ? this.#reader.nested(() => this.#binary(PRECEDENCE['**']))
          : this.#binary(PRECEDENCE[text] + 1);
      left = { kind: 'binary', operator: text, left, right, position };
    }
  }

  #unary(): Node {
    const { position } = this.#reader.token;
    if (this.#reader.accept('!')) {
      return { kind: 'unary', operator: '!', operand: this.#reader.nested(() => this.#unary()), position };
    }
    if (!this.#reader.accept('-')) {
      if (this.#reader.accept('+')) return this.#number(this.#reader.token);
      return this.#paths.steps(this.#primary());
    }
    const operand = this.#reader.nested(() => this.#unary());
    if (operand.kind === 'literal' && typeof operand.value === 'number')
      return { kind: 'literal', value: 0 - operand.value };
    return { kind: 'unary', operator: '-', operand, position };
  }

  #primary(): Node {
    const token = this.#reader.token;
    if (token.kind === 'number') return this.#number(token);
    if (token.kind === 'string') return { kind: 'literal', value: this.#reader.next().text };
    if (token.kind === 'name') return this.#name();
    if (token.kind === 'member')
      throw this.#reader.unexpected("start a path with '$' or '@', a number with a digit");
    if (this.#reader.accept('(')) {
      const inner = this.#reader.nested(() => this.#expression());
      this.#reader.expect(')', 'to close the parenthesis');
      return inner;
    }
    if (this.#reader.accept('[')) return { kind: 'array', items: this.#list(']') };
    if (this.#reader.accept('{')) return { kind: 'object', entries: this.#entries() };
    if (token.text === '$' || token.text === '@') {
      this.#reader.next();
      return { kind: 'path', base: token.text, segments: [], position: token.position };
    }
    throw this.#reader.unexpected(
      'write a value: a number, a string, a path such as $.name, or a function call',
    );
  }

  #number(token: Token): Node {
    if (token.kind !== 'number') throw this.#reader.unexpected('a number follows a plus sign');
    this.#reader.next();
    const value = Number(token.text);
    if (!Number.isFinite(value)) {
      throw new ExpressionError('ARITHMETIC', `${token.text} is too large for a number`, {
        position: token.position,
      });
    }
    return { kind: 'literal', value };
  }

  #name(): Node {
    const { text, position } = this.#reader.next();
    if (this.#reader.accept('(')) return { kind: 'call', name: text, arguments: this.#list(')'), position };
    const value = CONSTANTS.get(text.toLowerCase());
    if (value !== undefined) return { kind: 'literal', value };
    throw new ExpressionError(
      'UNKNOWN_NAME',
      `nothing is named ${text}; write '${text}' for text or $.${text} for a field`,
      {
        position,
      },
    );
  }

  #list(end: ')' | ']'): readonly Node[] {
    return this.#reader.nested(() => {
      const items: Node[] = [];
      if (this.#reader.accept(end)) return items;
      do items.push(this.#expression());
      while (this.#reader.accept(','));
      this.#reader.expect(end, 'to close the list, or a comma before the next item');
      return items;
    });
  }

  #entries(): ReadonlyArray<readonly [string, Node]> {
    return this.#reader.nested(() => {
      const entries: Array<readonly [string, Node]> = [];
      if (this.#reader.accept('}')) return entries;
      do {
        const { kind } = this.#reader.token;
        if (kind !== 'string' && kind !== 'name')
          throw this.#reader.unexpected('name the key, quoted if it is no plain name');
        const key = this.#reader.next().text;
        this.#reader.expect(':', 'between key and value');
        entries.push([key, this.#expression()]);
      } while (this.#reader.accept(','));
      this.#reader.expect('}', 'to close the object, or a comma before the next key');
      return entries;
    });
  }

  /** An expression inside brackets, with the work one run of it costs. */
  #costed(): { readonly node: Node; readonly cost: number } {
    const before = this.#reader.consumed;
    const node = this.#reader.nested(() => this.#expression());
    return { node, cost: this.#reader.consumed - before };
  }

  #countOperator(position: number): void {
    this.#operators += 1;
    if (this.#operators > MAX_OPERATORS) {
      throw new ExpressionError(
        'LIMIT',
        `the expression has more than ${MAX_OPERATORS} operators; split it`,
        { position },
      );
    }
  }
}
