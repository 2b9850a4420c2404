import { ExpressionError } from './expression-error.ts';
import { ANY } from './functions/function-definition.ts';
import { type Kind, KIND_WORDS, kindOf } from './kind.ts';
import { nearestName } from './nearest-name.ts';
import { Place } from './place.ts';
import {
  BINARY_SIGNATURES,
  requiredArguments,
  SIGNATURES,
  TREE_FUNCTIONS,
  UNARY_SIGNATURES,
} from './signatures.ts';
import type { BinaryNode, CallNode, Node, PathNode, Selector, UnaryNode } from './syntax.ts';

/**
 * Finds what can never work, whatever the data: unknown functions, missing arguments, and operands of a kind that an
 * operator or function never takes.
 *
 * @returns the kinds of values the expression may give.
 * @throws ExpressionError `UNKNOWN_FUNCTION`, `ARGUMENTS`, `TYPE`.
 */
export function check(node: Node, source: string): readonly Kind[] {
  return new Checker(source).check(node);
}

class Checker {
  readonly #source: string;

  constructor(source: string) {
    this.#source = source;
  }

  check(node: Node): readonly Kind[] {
    switch (node.kind) {
      case 'literal':
        return [kindOf(node.value)];
      case 'path':
        return this.#path(node);
      case 'call':
        return this.#call(node);
      case 'unary':
        return this.#unary(node);
      case 'binary':
        return this.#binary(node);
      case 'ternary':
        this.check(node.condition);
        return [...new Set([...this.check(node.whenTrue), ...this.check(node.whenFalse)])];
      case 'array':
        for (const item of node.items) this.check(item);
        return ['array'];
      case 'object':
        for (const [, value] of node.entries) this.check(value);
        return ['object'];
    }
  }

  /** What a path finds depends on the data; the expressions inside are checked all the same. */
  #path({ base, segments }: PathNode): readonly Kind[] {
    if (typeof base === 'object') this.check(base);
    for (const segment of segments) {
      if (segment.kind === 'descend') continue;
      for (const inner of segment.selectors.flatMap(expressionsOf)) this.check(inner);
    }
    return ANY;
  }

  #call(node: CallNode): readonly Kind[] {
    const signature = SIGNATURES.get(node.name.toLowerCase());
    if (signature === undefined) throw this.#unknownFunction(node);
    const { name, parameters, result } = signature;
    const minimum = requiredArguments(signature);
    if (node.arguments.length < minimum) {
      const expected = minimum === 1 ? '1 argument' : `${minimum} arguments`;
      throw this.#error('ARGUMENTS', `${node.name} takes ${expected}, got ${node.arguments.length}`, {
        node,
        expected,
      });
    }
    if (TREE_FUNCTIONS.has(name) && node.arguments[0]?.kind !== 'path') {
      const expected = 'a path such as $.a.b';
      throw this.#error('ARGUMENTS', `${name} takes ${expected}`, { node, expected });
    }
    // Superfluous arguments are ignored.
    for (const [index, argument] of node.arguments.slice(0, parameters.length).entries()) {
      const takes = parameters[index]?.kinds ?? ANY;
      const found = this.check(argument);
      if (overlap(found, takes)) continue;
      const expected = words(takes);
      const advice = conversion(takes, found);
      throw this.#error('TYPE', `${name} needs ${expected}, got ${words(found)}${advice}`, {
        node,
        expected,
      });
    }
    return result;
  }

  #unary(node: UnaryNode): readonly Kind[] {
    const { takes, gives } = UNARY_SIGNATURES[node.operator];
    this.#operand(node, this.check(node.operand), takes);
    return gives;
  }

  #binary(node: BinaryNode): readonly Kind[] {
    const { takes, gives } = BINARY_SIGNATURES[node.operator];
    const [left, right] = [this.check(node.left), this.check(node.right)];
    this.#operand(node, left, takes);
    this.#operand(node, right, takes);
    if (node.operator !== '+' && node.operator !== '-') return gives;
    const common = gives.filter((kind) => left.includes(kind) && right.includes(kind));
    if (common.length > 0) return common;
    const verb = node.operator === '+' ? 'add' : 'subtract';
    throw this.#error(
      'TYPE',
      `cannot ${verb} ${words(left)} and ${words(right)}; convert one side with string(x) or int(x)`,
      { node, expected: 'two numbers or two strings' },
    );
  }

  #operand(node: UnaryNode | BinaryNode, found: readonly Kind[], takes: readonly Kind[]): void {
    if (overlap(found, takes)) return;
    const expected = words(takes);
    const advice = conversion(takes, found);
    throw this.#error('TYPE', `'${node.operator}' needs ${expected}, got ${words(found)}${advice}`, {
      node,
      expected,
    });
  }

  #unknownFunction(node: CallNode): ExpressionError {
    const suggestion = nearestName(node.name, [...SIGNATURES.keys()]);
    const known = suggestion === undefined ? undefined : SIGNATURES.get(suggestion)?.name;
    const advice = known === undefined ? 'see the list of functions' : `did you mean ${known}?`;
    return new ExpressionError('UNKNOWN_FUNCTION', `there is no function ${node.name}; ${advice}`, {
      position: node.position,
      text: this.#source.slice(node.position, node.position + node.name.length),
      expected: 'a function',
      suggestion: known,
    });
  }

  #error(
    code: 'ARGUMENTS' | 'TYPE',
    message: string,
    { node, expected }: { readonly node: UnaryNode | BinaryNode | CallNode; readonly expected: string },
  ): ExpressionError {
    return new ExpressionError(code, message, { ...new Place(this.#source, node).details, expected });
  }
}

function expressionsOf(selector: Selector): readonly Node[] {
  switch (selector.kind) {
    case 'filter':
      return [selector.predicate];
    case 'dynamic':
      return [selector.expression];
    case 'slice':
      return [selector.start, selector.end, selector.step].filter((bound) => bound !== undefined);
    case 'name':
    case 'index':
    case 'all':
      return [];
  }
}

function overlap(left: readonly Kind[], right: readonly Kind[]): boolean {
  return left.some((kind) => right.includes(kind));
}

function words(kinds: readonly Kind[]): string {
  const shown = kinds.length > 1 ? kinds.filter((kind) => kind !== 'missing') : kinds;
  return shown.map((kind) => KIND_WORDS[kind]).join(' or ');
}

/** How to make one of the found kinds fit, where a function does that. */
function conversion(takes: readonly Kind[], found: readonly Kind[]): string {
  if (takes.includes('string')) return '; convert it with string(x)';
  return takes.includes('number') && found.includes('string') ? '; convert it with int(x)' : '';
}
