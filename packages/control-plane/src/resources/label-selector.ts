import { badRequest } from '../http/status.ts';

type Labels = Readonly<Record<string, string>>;

/** Whether an object's labels match. */
export type LabelTest = (labels: Labels) => boolean;

interface Token {
  readonly kind: 'word' | 'end' | Operator;
  readonly text: string;
}

type Operator = (typeof OPERATORS)[number];

const OPERATORS = ['(', ')', ',', '!=', '!', '==', '=', '<', '>', 'in', 'notin'] as const;
const TOKEN = /\s*(?:(!=|==|[()!,=<>])|([^()!,=<>\s]+))/y;

/**
 * Reads a label selector: `a=b`, `a!=b`, `a in (b,c)`, `a notin (b)`, `a`, `!a`, `a>1`, joined by commas.
 *
 * @throws StatusError 400 in the words of a real server for one that cannot be read.
 */
export function parseLabelSelector(selector: string): LabelTest {
  const parser = new Parser(tokensOf(selector));
  const tests = parser.requirements();
  return (labels) => tests.every((test) => test(labels));
}

function tokensOf(selector: string): readonly Token[] {
  const tokens: Token[] = [];
  const reader = new RegExp(TOKEN, 'y');
  for (let match = reader.exec(selector); match; match = reader.exec(selector)) {
    const [, operator, word = ''] = match;
    const text = operator ?? word;
    tokens.push({ kind: OPERATORS.find((candidate) => candidate === text) ?? 'word', text });
  }
  return tokens;
}

/** Operators that are names as well. */
const WORDS: readonly string[] = ['word', 'in', 'notin'];
const STARTS: readonly string[] = [...WORDS, '!'];

class Parser {
  readonly #tokens: readonly Token[];
  #position = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  requirements(): readonly LabelTest[] {
    const tests: LabelTest[] = [];
    let expected = "!, identifier, or 'end of string'";
    while (this.#peek().kind !== 'end') {
      if (!STARTS.includes(this.#peek().kind)) throw badRequest(found(this.#peek(), expected));
      tests.push(this.#requirement());
      const after = this.#next();
      if (after.kind === 'end') break;
      expected = "identifier after ','";
      if (after.kind !== ',') throw badRequest(found(after, "',' or 'end of string'"));
      if (this.#peek().kind === 'end') throw badRequest(found(this.#peek(), expected));
    }
    return tests;
  }

  #requirement(): LabelTest {
    const isNegated = this.#peek().kind === '!';
    if (isNegated) this.#next();
    const key = this.#key();
    if (isNegated) return (labels) => !Object.hasOwn(labels, key);
    if (['end', ','].includes(this.#peek().kind)) return (labels) => Object.hasOwn(labels, key);
    const operator = this.#next();
    switch (operator.kind) {
      case 'in':
      case 'notin':
        return setTest(key, operator.kind, this.#values());
      case '=':
      case '==':
        return equalityTest(key, this.#value());
      case '!=': {
        const test = equalityTest(key, this.#value());
        return (labels) => !test(labels);
      }
      case '<':
      case '>':
        return orderTest(key, operator.kind, this.#value());
      default:
        throw unparsable(found(operator, 'in, notin, =, ==, !=, gt, lt'));
    }
  }

  #key(): string {
    const key = this.#word('identifier');
    if (QUALIFIED_NAME.test(key)) return key;
    throw unparsable(`key: Invalid value: ${JSON.stringify(key)}: ${KEY_RULE}`);
  }

  #value(): string {
    const token = this.#peek();
    if (token.kind === 'end' || token.kind === ',') return '';
    return checkedValue(this.#word('identifier'));
  }

  // `(a,b)`, where a part may be empty.
  #values(): ReadonlySet<string> {
    const opening = this.#next();
    if (opening.kind !== '(') throw unparsable(`found '${opening.text}' expected: '('`);
    const values = new Set<string>();
    for (;;) {
      const isEmpty = [',', ')'].includes(this.#peek().kind);
      values.add(isEmpty ? '' : checkedValue(this.#word("',', ')' or identifier")));
      const after = this.#next();
      if (after.kind === ')') return values;
      if (after.kind !== ',') throw unparsable(found(after, "',' or ')'"));
    }
  }

  #word(expected: string): string {
    const token = this.#next();
    if (!WORDS.includes(token.kind)) throw unparsable(found(token, expected));
    return token.text;
  }

  #peek(): Token {
    return this.#tokens[this.#position] ?? { kind: 'end', text: '' };
  }

  #next(): Token {
    const token = this.#peek();
    this.#position += 1;
    return token;
  }
}

const NAME = '[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?';
const PREFIX = '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*';
const QUALIFIED_NAME = new RegExp(`^(${PREFIX}/)?${NAME}$`);
const VALUE = new RegExp(`^(${NAME})?$`);

const CHARACTERS =
  "consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
const KEY_RULE =
  `name part must ${CHARACTERS} (e.g. 'MyName',  or 'my.name',  or '123-abc', ` +
  "regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const VALUE_RULE =
  `a valid label must be an empty string or ${CHARACTERS} (e.g. 'MyValue',  or 'my_value',  or '12345', ` +
  "regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

function checkedValue(value: string): string {
  if (VALUE.test(value)) return value;
  throw unparsable(`values[0][]: Invalid value: ${JSON.stringify(value)}: ${VALUE_RULE}`);
}

function setTest(key: string, operator: 'in' | 'notin', values: ReadonlySet<string>): LabelTest {
  const isIn: LabelTest = (labels) => Object.hasOwn(labels, key) && values.has(labels[key] ?? '');
  return operator === 'in' ? isIn : (labels) => !isIn(labels);
}

function equalityTest(key: string, value: string): LabelTest {
  return (labels) => labels[key] === value;
}

function orderTest(key: string, operator: '<' | '>', bound: string): LabelTest {
  if (!/^-?\d+$/.test(bound))
    throw unparsable(
      `values[0]: Invalid value: ${JSON.stringify(bound)}: for 'Gt', 'Lt' operators, the value must be an integer`,
    );
  return (labels) => {
    const text = labels[key];
    if (text === undefined || !/^-?\d+$/.test(text)) return false;
    return operator === '>' ? BigInt(text) > BigInt(bound) : BigInt(text) < BigInt(bound);
  };
}

function found({ text }: Token, expected: string): string {
  return `found '${text}', expected: ${expected}`;
}

function unparsable(why: string): Error {
  return badRequest(`unable to parse requirement: ${why}`);
}
