import { CONSTANTS } from './constants.ts';
import { ExpressionError } from './expression-error.ts';
import { MAX_OPERATORS } from './limits.ts';
import { nearestName } from './nearest-name.ts';
import { numberFromText } from './number.ts';
import { PathParser } from './parse-path.ts';
import { isBinaryOperator, type Node, PRECEDENCE } from './syntax.ts';
import { TokenReader } from './token-reader.ts';
import type { Token } from './tokenize.ts';

/**
 * Parses one expression (`docs/reference/expressions.md` has the grammar).
 *
 * @throws ExpressionError `SYNTAX`, `UNKNOWN_NAME`, `ARITHMETIC` or `LIMIT`, with the position of the offending token.
 */
export function parse(source: string): Node {
  return new Parser(new TokenReader(source)).parse();
}

class Parser {
  readonly #reader: TokenReader;
  readonly #paths: PathParser;
  #operators = 0;

  constructor(reader: TokenReader) {
    this.#reader = reader;
    this.#paths = new PathParser(reader, () => this.#costed());
  }

  parse(): Node {
    const node = this.#expression();
    if (this.#reader.token.kind !== 'end')
      throw this.#reader.unexpected('one expression ends here; join two with an operator', 'an operator');
    return node;
  }

  /** The whole grammar, lowest level first: `a |> f(b)` is `f(a, b)`. */
  #expression(): Node {
    let node = this.#ternary();
    while (this.#reader.accept('|>')) {
      const { kind, text, position } = this.#reader.token;
      if (kind !== 'name') throw this.#reader.unexpected("name a function after '|>'", 'a function');
      this.#reader.next();
      this.#countOperator(position);
      const rest = this.#reader.accept('(') ? this.#list(')') : [];
      const { start } = node;
      const { end } = this.#reader;
      node = this.#paths.steps({
        kind: 'call',
        name: text,
        arguments: [node, ...rest],
        position,
        start,
        end,
      });
    }
    return node;
  }

  #ternary(): Node {
    const condition = this.#binary(1);
    if (!this.#reader.accept('?')) return condition;
    return this.#reader.nested(() => {
      const whenTrue = this.#ternary();
      this.#reader.expect(':', 'and the value for a false condition');
      const whenFalse = this.#ternary();
      return { kind: 'ternary', condition, whenTrue, whenFalse, start: condition.start, end: whenFalse.end };
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
      left = { kind: 'binary', operator: text, left, right, position, start: left.start, end: right.end };
    }
  }

  #unary(): Node {
    const { position } = this.#reader.token;
    if (this.#reader.accept('!')) return this.#sign('!', position);
    if (this.#reader.accept('-')) return this.#sign('-', position);
    if (this.#reader.accept('+')) return this.#number(this.#reader.token);
    return this.#paths.steps(this.#primary());
  }

  #sign(operator: '!' | '-', position: number): Node {
    const operand = this.#reader.nested(() => this.#unary());
    const span = { start: position, end: operand.end };
    if (operator === '-' && operand.kind === 'literal') {
      const { value } = operand;
      if (typeof value === 'number') return { kind: 'literal', value: 0 - value, ...span };
      if (typeof value === 'bigint') return { kind: 'literal', value: -value, ...span };
    }
    return { kind: 'unary', operator, operand, position, ...span };
  }

  #primary(): Node {
    const token = this.#reader.token;
    if (token.kind === 'number') return this.#number(token);
    if (token.kind === 'string') return this.#literal(this.#reader.next().text, token);
    if (token.kind === 'name') return this.#name();
    if (token.kind === 'member')
      throw this.#reader.unexpected("start a path with '$' or '@', a number with a digit", 'a value');
    const start = token.position;
    if (this.#reader.accept('(')) {
      const inner = this.#reader.nested(() => this.#expression());
      this.#reader.expect(')', 'to close the parenthesis');
      return { ...inner, start, end: this.#reader.end };
    }
    if (this.#reader.accept('[')) {
      const items = this.#list(']');
      return { kind: 'array', items, start, end: this.#reader.end };
    }
    if (this.#reader.accept('{')) {
      const entries = this.#entries();
      return { kind: 'object', entries, start, end: this.#reader.end };
    }
    if (token.text === '$' || token.text === '@') {
      this.#reader.next();
      return { kind: 'path', base: token.text, segments: [], start, end: token.end };
    }
    throw this.#reader.unexpected(
      'write a value: a number, a string, a path such as $.name, or a function call',
      'a value',
    );
  }

  #literal(value: string | number | bigint, { position, end }: Token): Node {
    return { kind: 'literal', value, start: position, end };
  }

  #number(token: Token): Node {
    if (token.kind !== 'number') throw this.#reader.unexpected('a number follows a plus sign', 'a number');
    this.#reader.next();
    const value = numberFromText(token.text);
    if (value !== undefined) return this.#literal(value, token);
    const { position, text } = token;
    throw new ExpressionError('ARITHMETIC', `${text.slice(0, 40)} is too large for a number`, {
      position,
      text,
      expected: 'a smaller number',
    });
  }

  #name(): Node {
    const token = this.#reader.next();
    const { text, position, end } = token;
    if (this.#reader.accept('(')) {
      const list = this.#list(')');
      return { kind: 'call', name: text, arguments: list, position, start: position, end: this.#reader.end };
    }
    const value = CONSTANTS.get(text.toLowerCase());
    if (value !== undefined) return { kind: 'literal', value, start: position, end };
    const suggestion = nearestName(text, [...CONSTANTS.keys()]);
    const nearly = suggestion === undefined ? '' : `${suggestion} for the constant, `;
    throw new ExpressionError(
      'UNKNOWN_NAME',
      `nothing is named ${text}; write ${nearly}'${text}' for text or $.${text} for a field`,
      { position, text, expected: 'a constant, a quoted text, a path or a call', suggestion },
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
          throw this.#reader.unexpected('name the key, quoted if it is no plain name', 'a key');
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
