import { Optional, type ASTNode, type Environment, type TypeDeclaration } from '@marcbachmann/cel-js';

/** What the library hands to a macro; it publishes no types for these. */
interface Checker {
  check(node: ASTNode, context: Context): TypeDeclaration;
  getType(name: string): TypeDeclaration;
  createError(code: string, message: string, node: ASTNode): Error;
}

interface Evaluator {
  run(node: ASTNode, context: Context): unknown;
}

interface Context {
  forkWithVariable(name: string, type: TypeDeclaration): Context;
  reuse(parent: Context): Context;
  setIterValue(value: unknown, evaluator: Evaluator): Context;
}

interface Expansion {
  readonly args: readonly ASTNode[];
  readonly receiver: ASTNode;
}

interface Macro {
  typeCheck(checker: Checker, macro: Macro, context: Context): TypeDeclaration;
  evaluate(evaluator: Evaluator, macro: Macro, context: Context): unknown;
}

/** Macros that the library lacks: of optional values, and comprehensions with two variables. */
export function registerMacros(environment: Environment): void {
  environment
    .registerFunction('optional.optMap(ast, ast): dyn', (expansion: Expansion) =>
      optionalMacro(expansion, false),
    )
    .registerFunction('optional.optFlatMap(ast, ast): dyn', (expansion: Expansion) =>
      optionalMacro(expansion, true),
    );
  for (const [signature, comprehension] of COMPREHENSIONS)
    environment.registerFunction(signature, (expansion: Expansion) =>
      comprehensionMacro(expansion, comprehension),
    );
}

function optionalMacro({ args, receiver }: Expansion, isFlat: boolean): Macro {
  const [name, body] = [variableOf(args[0]), args[1] as ASTNode];
  let scope: Context;
  return {
    typeCheck(checker, _macro, context) {
      const type = checker.check(receiver, context);
      scope = context.forkWithVariable(
        name,
        (type.kind === 'optional' && type.valueType) || checker.getType('dyn'),
      );
      const result = checker.check(body, scope);
      return isFlat ? result : checker.getType(`optional<${result.name}>`);
    },
    evaluate(evaluator, _macro, context) {
      const optional = evaluator.run(receiver, context) as Optional;
      if (!optional.hasValue()) return Optional.none();
      const result = evaluator.run(body, scope.reuse(context).setIterValue(optional.value(), evaluator));
      return isFlat ? result : Optional.of(result);
    },
  };
}

type Pair = readonly [key: unknown, value: unknown];

/** What becomes of the pairs: `test` and `transform` evaluate the arguments after the two variables. */
interface Comprehension {
  readonly result: (values: readonly TypeDeclaration[], key: TypeDeclaration) => string;
  readonly run: (pairs: readonly Pair[], ...bodies: readonly ((pair: Pair) => unknown)[]) => unknown;
}

const BOOL = { result: () => 'bool' };
const always = (): boolean => true;
const every: Comprehension = { ...BOOL, run: (pairs, test = always) => pairs.every((pair) => test(pair)) };
const some: Comprehension = { ...BOOL, run: (pairs, test = always) => pairs.some((pair) => test(pair)) };
const one: Comprehension = {
  ...BOOL,
  run: (pairs, test = always) => pairs.filter((pair) => test(pair)).length === 1,
};
const list: Comprehension = {
  result: (bodies) => `list<${bodies.at(-1)?.name ?? 'dyn'}>`,
  run: (pairs, ...bodies) => {
    const transform = bodies.at(-1) ?? always;
    return pairs.filter((pair) => bodies.length === 1 || bodies[0]?.(pair)).map((pair) => transform(pair));
  },
};
const map: Comprehension = {
  result: (bodies, key) => `map<${key.name}, ${bodies.at(-1)?.name ?? 'dyn'}>`,
  run: (pairs, ...bodies) => {
    const transform = bodies.at(-1) ?? always;
    const kept = pairs.filter((pair) => bodies.length === 1 || bodies[0]?.(pair));
    return new Map(kept.map((pair) => [pair[0], transform(pair)]));
  },
};

const COMPREHENSIONS: ReadonlyArray<readonly [signature: string, comprehension: Comprehension]> = [
  ['list.all(ast, ast, ast): bool', every],
  ['list.exists(ast, ast, ast): bool', some],
  ['list.existsOne(ast, ast, ast): bool', one],
  ['list.transformList(ast, ast, ast): list<dyn>', list],
  ['list.transformList(ast, ast, ast, ast): list<dyn>', list],
  ['list.transformMap(ast, ast, ast): map<dyn, dyn>', map],
  ['list.transformMap(ast, ast, ast, ast): map<dyn, dyn>', map],
];

function comprehensionMacro({ args, receiver }: Expansion, { result, run }: Comprehension): Macro {
  const [keyName, valueName] = [variableOf(args[0]), variableOf(args[1])];
  const bodies = args.slice(2);
  let outer: Context;
  let inner: Context;
  return {
    typeCheck(checker, _macro, context) {
      const { kind, keyType, valueType } = checker.check(receiver, context);
      const dyn = checker.getType('dyn');
      const key = kind === 'list' ? checker.getType('int') : (keyType ?? dyn);
      outer = context.forkWithVariable(keyName, key);
      inner = outer.forkWithVariable(valueName, valueType ?? dyn);
      const types = bodies.map((body) => checker.check(body, inner));
      return checker.getType(result(types, key));
    },
    evaluate(evaluator, _macro, context) {
      const evaluations = bodies.map((body) => ([key, value]: Pair): unknown => {
        const scope = outer.reuse(context).setIterValue(key, evaluator);
        return evaluator.run(body, inner.reuse(scope).setIterValue(value, evaluator));
      });
      return run(pairsOf(evaluator.run(receiver, context)), ...evaluations);
    },
  };
}

function pairsOf(value: unknown): readonly Pair[] {
  if (Array.isArray(value)) return value.map((item: unknown, index) => [BigInt(index), item]);
  return value instanceof Map ? [...value.entries()] : Object.entries(value as object);
}

function variableOf(node: ASTNode | undefined): string {
  if (node?.op === 'id') return node.args;
  throw new Error('the first arguments must be names of variables');
}
