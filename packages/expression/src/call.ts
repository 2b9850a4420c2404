import { ExpressionError } from './expression-error.ts';
import { FUNCTIONS } from './functions/table.ts';
import type { FunctionDefinition } from './functions/function-definition.ts';
import { isArray, type Value } from './json.ts';
import { compileOrigin } from './path.ts';
import type { Evaluate } from './scope.ts';
import type { Node } from './syntax.ts';

type Call = Extract<Node, { kind: 'call' }>;
type Compile = (node: Node) => Evaluate;

/** Compiles a call; names are found whatever their case, and superfluous arguments are not evaluated. */
export function compileCall(call: Call, compile: Compile): Evaluate {
  const { name, position } = call;
  const located = compileTreeCall(call, compile);
  if (located !== undefined) return located;
  const definition = FUNCTIONS.get(name.toLowerCase());
  if (definition === undefined) {
    const nearest = nearestName(name.toLowerCase(), [...FUNCTIONS.keys(), ...TREE_FUNCTIONS]);
    const advice = nearest === undefined ? 'see the list of functions' : `did you mean ${nearest}?`;
    throw new ExpressionError('UNKNOWN_FUNCTION', `there is no function ${name}; ${advice}`, { position });
  }
  checkArguments(call, definition.minimum);
  return compileFunction(definition, call.arguments.slice(0, definition.maximum).map(compile), position);
}

function compileFunction(
  definition: FunctionDefinition,
  operands: readonly Evaluate[],
  position: number,
): Evaluate {
  const { call } = definition;
  return (scope) => {
    try {
      const values = operands.map((operand) => operand(scope));
      let size = 1;
      for (const value of values) size += sizeOf(value);
      scope.charge(size);
      return call(values, scope);
    } catch (error) {
      throw ExpressionError.at(error, position);
    }
  };
}

const TREE_FUNCTIONS = ['parent', 'key', 'root'] as const;

/** `parent`, `key` and `root` look at where a path's match sits, not at its value. */
function compileTreeCall(call: Call, compile: Compile): Evaluate | undefined {
  const name = TREE_FUNCTIONS.find((known) => known === call.name.toLowerCase());
  if (name === undefined) return undefined;
  checkArguments(call, 1);
  const path = call.arguments[0];
  if (path?.kind !== 'path') {
    throw new ExpressionError('ARGUMENTS', `${name} takes a path such as $.a.b`, { position: call.position });
  }
  if (name === 'root') {
    const value = compile(path);
    return (scope) => (value(scope) === undefined ? null : scope.root);
  }
  const origin = compileOrigin(path, compile);
  if (name === 'parent') return (scope) => origin(scope)?.parent ?? null;
  return (scope) => {
    const key = origin(scope)?.key;
    return typeof key === 'string' ? key : null;
  };
}

function checkArguments(call: Call, minimum: number): void {
  if (call.arguments.length >= minimum) return;
  const wanted = minimum === 1 ? '1 argument' : `${minimum} arguments`;
  throw new ExpressionError('ARGUMENTS', `${call.name} takes ${wanted}, got ${call.arguments.length}`, {
    position: call.position,
  });
}

/** What a function may have to look at, in steps. */
function sizeOf(value: Value): number {
  if (typeof value === 'string') return value.length >> 3;
  return isArray(value) ? value.length : 0;
}

/** The known name at most two edits away. */
function nearestName(name: string, known: readonly string[]): string | undefined {
  const distances = known.map((candidate) => ({
    candidate,
    distance: editDistance(name.slice(0, 32), candidate),
  }));
  const nearest = distances.reduce((best, next) => (next.distance < best.distance ? next : best));
  return nearest.distance <= 2 ? nearest.candidate : undefined;
}

function editDistance(left: string, right: string): number {
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const replaced = (previous[column - 1] ?? 0) + (left[row - 1] === right[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[right.length] ?? 0;
}
