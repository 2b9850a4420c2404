import type { FunctionDefinition } from './functions/function-definition.ts';
import { FUNCTIONS } from './functions/table.ts';
import { isArray, type Value } from './json.ts';
import { compileOrigin } from './path.ts';
import { Place } from './place.ts';
import type { Evaluate, Scope } from './scope.ts';
import type { CallNode, Node, PathNode } from './syntax.ts';

/** What is needed to compile the parts of a call and to locate its errors. */
interface Compilation {
  readonly compile: (node: Node) => Evaluate;
  readonly source: string;
}

/** Compiles a checked call; names are found whatever their case, and superfluous arguments are not evaluated. */
export function compileCall(call: CallNode, { compile, source }: Compilation): Evaluate {
  const name = call.name.toLowerCase();
  const definition = FUNCTIONS.get(name);
  if (definition === undefined) return compileTreeCall(name, call.arguments[0] as PathNode, compile);
  const { parameters } = definition;
  const operands = call.arguments.slice(0, parameters.length).map(compile);
  const takes = parameters.map(({ kinds }) => kinds);
  return compileFunction(definition, operands, new Place(source, call, takes));
}

function compileFunction(
  { call }: FunctionDefinition,
  operands: readonly Evaluate[],
  place: Place,
): Evaluate {
  const [only] = operands;
  if (only !== undefined && operands.length === 1)
    return (scope) => {
      let value: Value;
      try {
        value = only(scope);
        return chargedOne(call, value, scope);
      } catch (error) {
        throw place.locate(error, [value]);
      }
    };
  return (scope) => {
    const values: Value[] = [];
    try {
      for (const operand of operands) values.push(operand(scope));
      return charged(call, values, scope);
    } catch (error) {
      throw place.locate(error, values);
    }
  };
}

/** `parent`, `key` and `root` look at where a path's match sits, not at its value. */
function compileTreeCall(name: string, path: PathNode, compile: (node: Node) => Evaluate): Evaluate {
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

/** Calls a function after paying for what it may have to look at. */
export function charged(call: FunctionDefinition['call'], values: readonly Value[], scope: Scope): Value {
  let size = 1;
  for (const value of values) size += sizeOf(value);
  scope.charge(size);
  return call(values, scope);
}

/** As {@link charged}, of one argument, as most functions have. */
export function chargedOne(call: FunctionDefinition['call'], value: Value, scope: Scope): Value {
  scope.charge(1 + sizeOf(value));
  return call([value], scope);
}

/** What a function may have to look at, in steps. */
function sizeOf(value: Value): number {
  if (typeof value === 'string') return value.length >> 3;
  return isArray(value) ? value.length : 0;
}
