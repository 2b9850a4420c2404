import { BareObject } from './bare-object.ts';
import { charged, chargedOne } from './call.ts';
import { isCondition, isTruthy } from './compare.ts';
import { compile, OPERATIONS } from './compile.ts';
import { FUNCTIONS } from './functions/table.ts';
import { isArray, type Json, type JsonObject, type Value } from './json.ts';
import { childNamed, element } from './member.ts';
import { negate } from './operators.ts';
import { parse } from './parse.ts';
import { type Step, stepsOf } from './path.ts';
import { piecesOf } from './placeholders.ts';
import { isPlain, isPolluted } from './prototypes.ts';
import { type Environment, type Evaluate, Scope } from './scope.ts';
import type { BinaryNode, CallNode, Node, PathNode } from './syntax.ts';
import { bounded, textForm } from './text.ts';

/** A function of the data alone. */
export type Fill = (data: Value) => Value;

/** Larger ones stay closures: V8 does not optimise functions of any size. */
const MAX_NODES = 500;
/** Longer paths stay closures. */
const MAX_STEPS = 16;

/**
 * One JavaScript function that fills in a template as its closures do, several times as fast: V8 learns about each place
 * of it apart, where closures share what it learns, and a path is followed once however many expressions take it. When an
 * expression fails it throws anything; the closures then say what.
 *
 * Its source has no character of the template's: keys, names, literals and helpers are values that it is given. So no
 * template can write code.
 *
 * @returns `undefined` when the template is too large, or this process may not generate functions.
 */
export function generateTemplate(
  configuration: Json,
  slow: Evaluate,
  environment: Environment,
): Fill | undefined {
  return generate(slow, environment, (generator) => generator.part(configuration) ?? 'undefined');
}

/** As {@link generateTemplate}, of one expression. */
export function generateExpression(
  source: string,
  slow: Evaluate,
  environment: Environment,
): Fill | undefined {
  return generate(slow, environment, (generator) => generator.expression(source));
}

function generate(
  slow: Evaluate,
  environment: Environment,
  write: (generator: Generator) => string,
): Fill | undefined {
  const generator = new Generator(slow, environment);
  const result = write(generator);
  return generator.isTooLarge ? undefined : generator.build(result);
}

/** Tells functions of the same source apart, which would share what V8 learns about them. */
let generated = 0;

/** Writes the statements of a function. Methods return the JavaScript of a value. */
class Generator {
  readonly #values: unknown[] = [];
  readonly #given = new Map<unknown, string>();
  /** The paths that are followed, before anything else is done: nothing of it can fail. */
  readonly #walks: string[] = [];
  readonly #walked = new Map<string, string>();
  readonly #kinds = new Set<string>();
  readonly #statements: string[] = [];
  readonly #slow: string;
  readonly #environment: string;
  #variables = 0;
  #nodes = 0;
  #needsScope = false;

  constructor(slow: Evaluate, environment: Environment) {
    this.#environment = this.#give(environment);
    this.#slow = this.#give((data: Value) => slow(new Scope(data, environment)));
  }

  get isTooLarge(): boolean {
    return this.#nodes > MAX_NODES;
  }

  build(result: string): Fill | undefined {
    const scope = `const scope=new ${this.#give(Scope)}(data,${this.#environment});`;
    const body = [
      `if(${this.#give(isPolluted)}())return ${this.#slow}(data);`,
      ...(this.#needsScope ? [scope] : []),
      ...this.#walks,
      ...this.#statements,
      `return ${result}`,
    ];
    generated += 1;
    const names = this.#values.map((_, index) => `g${index}`);
    const source = `"use strict";const [${names.join(',')}]=given;return (data)=>{${body.join('\n')}}//${generated}`;
    try {
      // eslint-disable-next-line @typescript-eslint/no-implied-eval -- nothing of a user is in the source
      return (new Function('given', source) as (given: readonly unknown[]) => Fill)(this.#values);
    } catch {
      return undefined; // The process was started with --disallow-code-generation-from-strings.
    }
  }

  /** @returns `undefined` for a part without expressions. */
  part(part: Json): string | undefined {
    this.#nodes += 1;
    if (typeof part === 'string') return this.#text(part);
    if (typeof part !== 'object' || part === null) return undefined;
    return isArray(part) ? this.#array(part) : this.#object(part);
  }

  expression(source: string): string {
    return this.#node(parse(source), source);
  }

  #object(object: JsonObject): string | undefined {
    const fields = Object.entries(object).map(([key, value]) => [key, value, this.part(value)] as const);
    if (fields.every(([, , filled]) => filled === undefined)) return undefined;
    const variable = this.#variable();
    this.#statements.push(`const ${variable}=new ${this.#give(BareObject)}();`);
    for (const [key, value, filled] of fields)
      this.#statements.push(`${variable}[${this.#give(key)}]=${this.#present(filled, value)};`);
    return variable;
  }

  #array(array: readonly Json[]): string | undefined {
    const items = array.map((item) => this.part(item));
    if (items.every((item) => item === undefined)) return undefined;
    return `[${items.map((item, index) => this.#present(item, array[index] ?? null)).join(',')}]`;
  }

  #present(filled: string | undefined, value: Json): string {
    return filled === undefined ? this.#give(value ?? null) : `(${filled})??null`;
  }

  #text(text: string): string | undefined {
    const pieces = piecesOf(text);
    if (pieces.every((piece) => piece.kind === 'text')) return undefined;
    const [only] = pieces;
    if (pieces.length === 1 && only?.kind === 'placeholder') return this.expression(only.source);
    const texts = pieces.map((piece) =>
      piece.kind === 'text'
        ? this.#give(piece.text)
        : `${this.#give(textForm)}(${this.expression(piece.source)})`,
    );
    return `${this.#give(bounded)}(""+${texts.join('+')})`;
  }

  #node(node: Node, source: string): string {
    this.#nodes += 1;
    switch (node.kind) {
      case 'literal':
        return this.#give(node.value);
      case 'path':
        return this.#path(node, source);
      case 'call':
        return this.#call(node, source);
      case 'unary': {
        const operand = this.#node(node.operand, source);
        if (node.operator === '-') return `${this.#give(negate)}(${operand})`;
        return `!${this.#give(isTruthy)}(${operand},${this.#scope})`;
      }
      case 'binary':
        return this.#binary(node, source);
      case 'ternary': {
        const condition = `${this.#give(isCondition)}(${this.#node(node.condition, source)},${this.#scope})`;
        return `(${condition}?${this.#node(node.whenTrue, source)}:${this.#node(node.whenFalse, source)})`;
      }
      case 'array':
        return `[${node.items.map((item) => `(${this.#node(item, source)})??null`).join(',')}]`;
      case 'object':
        return this.#closure(node, source);
    }
  }

  #binary(node: BinaryNode, source: string): string {
    const { operator } = node;
    if (operator === '=~') return this.#closure(node, source);
    const [left, right] = [this.#node(node.left, source), this.#node(node.right, source)];
    if (operator !== '&&' && operator !== '||')
      return `${this.#give(OPERATIONS[operator])}(${left},${right},${this.#scope})`;
    const isTrue = this.#give(isTruthy);
    return `(${isTrue}(${left},${this.#scope})${operator}${isTrue}(${right},${this.#scope}))`;
  }

  #call(node: CallNode, source: string): string {
    const definition = FUNCTIONS.get(node.name.toLowerCase());
    if (definition === undefined) return this.#closure(node, source);
    const operands = node.arguments.slice(0, definition.parameters.length);
    const values = operands.map((operand) => this.#node(operand, source));
    const [only] = values;
    if (only !== undefined && values.length === 1)
      return `${this.#give(chargedOne)}(${this.#give(definition.call)},${only},${this.#scope})`;
    return `${this.#give(charged)}(${this.#give(definition.call)},[${values.join(',')}],${this.#scope})`;
  }

  #path(node: PathNode, source: string): string {
    const steps = stepsOf(node);
    return steps === undefined || steps.length > MAX_STEPS ? this.#closure(node, source) : this.#walk(steps);
  }

  /** The variable of what is found at the end of these steps from `$`. */
  #walk(steps: readonly Step[]): string {
    const step = steps.at(-1);
    if (step === undefined) return 'data';
    const place = JSON.stringify(steps);
    const known = this.#walked.get(place);
    if (known !== undefined) return known;
    const parent = this.#walk(steps.slice(0, -1));
    const found = typeof step === 'string' ? this.#field(parent, step) : this.#element(parent, step);
    const variable = this.#variable();
    this.#walks.push(`const ${variable}=${found};`);
    this.#walked.set(place, variable);
    return variable;
  }

  #field(parent: string, name: string): string {
    const kind = `${parent}k`;
    if (!this.#kinds.has(kind)) {
      // What V8 knows at once of an object it has seen here; of others, the function asks.
      const isPlainObject = `${parent}.__proto__===${this.#give(Object.prototype)}||${this.#give(isPlain)}(${parent})`;
      this.#walks.push(`const ${kind}=typeof ${parent}!=="object"||${parent}===null?0:${isPlainObject}?1:2;`);
      this.#kinds.add(kind);
    }
    const key = this.#give(name);
    return `${kind}===1?${parent}[${key}]:${kind}===2?${this.#give(childNamed)}(${parent},${key}):undefined`;
  }

  #element(parent: string, index: number): string {
    return `${this.#give(element)}(${parent},${this.#give(index)})`;
  }

  /** What is rare, or needs `@`, stays as it is. */
  #closure(node: Node, source: string): string {
    return `${this.#give(compile(node, source))}(${this.#scope})`;
  }

  get #scope(): string {
    this.#needsScope = true;
    return 'scope';
  }

  #variable(): string {
    this.#variables += 1;
    return `v${this.#variables}`;
  }

  /** The name under which the function has a value. */
  #give(value: unknown): string {
    const known = this.#given.get(value);
    if (known !== undefined && value !== 0) return known; // To a map, 0 and -0 are one.
    const name = `g${this.#values.push(value) - 1}`;
    this.#given.set(value, name);
    return name;
  }
}
