import { Environment, type ASTNode } from '@marcbachmann/cel-js';

import { RE2JS } from 're2js';

import { isJsonArray, isJsonObject, type JsonValue } from '../json.ts';
import { STRING_FORMATS } from './formats.ts';
import { acceptsUnknown, propertySchema, type Schema } from './schema.ts';

/** A value as CEL sees it: whole numbers are bigint, moments are dates. */
export type CelValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | Date
  | readonly CelValue[]
  | { readonly [key: string]: CelValue };

/** What an expression may refer to. */
export interface CelVariables {
  readonly self: CelValue;
  readonly oldSelf?: unknown;
}

/** A compiled expression. */
export interface CelProgram {
  readonly source: string;
  /** Whether it compares with the state before an update. */
  readonly readsOldSelf: boolean;
  /** @throws when the expression fails, as for a missing key. */
  evaluate(variables: CelVariables): unknown;
}

/**
 * Compiles an expression over values of `schema`.
 *
 * @throws Error with the reason when it cannot be parsed, has a type error or names a field that the schema does not have.
 */
export function compileCel(source: string, schema: Schema): CelProgram {
  const program = ENVIRONMENT.parse(source);
  const check = program.check();
  if (!check.valid) throw new Error(check.error?.message ?? 'type error');
  const undefinedField = findUndefinedField(program.ast, schema);
  if (undefinedField !== undefined) throw new Error(`undefined field '${undefinedField}'`);
  return {
    source,
    readsOldSelf: /\boldSelf\b/.test(source),
    evaluate: (variables) => program({ ...variables }) as unknown,
  };
}

/** A JSON value as CEL sees it through its schema. */
export function celValue(value: JsonValue, schema: Schema | undefined): CelValue {
  if (isJsonArray(value)) return value.map((item) => celValue(item, schema?.items));
  if (isJsonObject(value)) {
    const entries = Object.entries(value).flatMap(([name, child]) => {
      if (child === undefined) return [];
      const isField = schema?.properties !== undefined && Object.hasOwn(schema.properties, name);
      return [[isField ? escapeName(name) : name, celValue(child, propertySchema(schema, name))] as const];
    });
    return Object.fromEntries(entries);
  }
  if (typeof value === 'number')
    return schema?.type !== 'number' && Number.isInteger(value) ? BigInt(value) : value;
  if (typeof value === 'string' && schema?.format === 'date-time' && STRING_FORMATS['date-time']?.(value))
    return new Date(value);
  return value;
}

const ENVIRONMENT = new Environment({
  unlistedVariablesAreDyn: true,
  homogeneousAggregateLiterals: false,
  enableOptionalTypes: true,
})
  .registerVariable('self', 'dyn')
  .registerVariable('oldSelf', 'dyn')
  .registerFunction('string.replace(string, string): string', (text: string, from: string, to: string) => {
    return text.replaceAll(from, () => to);
  })
  .registerFunction(
    'string.charAt(int): string',
    (text: string, index: bigint) => [...text][Number(index)] ?? '',
  )
  .registerFunction(
    'string.find(string): string',
    (text: string, pattern: string) => findAll(text, pattern)[0] ?? '',
  )
  .registerFunction('string.findAll(string): list<string>', findAll)
  .registerFunction('isURL(string): bool', (text: string) => URL.canParse(text))
  .registerFunction('list<dyn>.isSorted(): bool', (list: readonly (string | number | bigint)[]) => {
    return list.every((item, index) => index === 0 || (list[index - 1] ?? item) <= item);
  })
  .registerFunction('list<dyn>.sum(): dyn', (list: readonly (number | bigint)[]) => {
    return list.every((item) => typeof item === 'bigint')
      ? list.reduce((sum, item) => sum + item, 0n)
      : list.reduce<number>((sum, item) => sum + Number(item), 0);
  })
  .registerFunction('list<dyn>.max(): dyn', (list: readonly (string | number | bigint)[]) => {
    return list.reduce((best, item) => (item > best ? item : best));
  })
  .registerFunction('list<dyn>.min(): dyn', (list: readonly (string | number | bigint)[]) => {
    return list.reduce((best, item) => (item < best ? item : best));
  });

function findAll(text: string, pattern: string): readonly string[] {
  const matcher = RE2JS.compile(pattern).matcher(text);
  const found: string[] = [];
  while (matcher.find()) found.push(matcher.group() ?? '');
  return found;
}

// Names that are no CEL identifiers are reached by their escaped form, as in the real server.
function escapeName(name: string): string {
  if (CEL_KEYWORDS.has(name)) return `__${name}__`;
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !name.includes('__')) return name;
  return name
    .replaceAll('__', '__underscores__')
    .replaceAll('.', '__dot__')
    .replaceAll('-', '__dash__')
    .replaceAll('/', '__slash__');
}

const CEL_KEYWORDS = new Set([
  ...[
    'true',
    'false',
    'null',
    'in',
    'as',
    'break',
    'const',
    'continue',
    'else',
    'for',
    'function',
    'if',
    'import',
  ],
  ...['let', 'loop', 'package', 'namespace', 'return', 'var', 'void', 'while'],
]);

// Only chains that start at `self` or `oldSelf` are looked at: other variables come from macros.
function findUndefinedField(node: ASTNode, schema: Schema): string | undefined {
  let found: string | undefined;
  const visit = (current: unknown): Schema | undefined => {
    if (Array.isArray(current)) {
      for (const item of current) visit(item);
      return undefined;
    }
    if (!isNode(current)) return undefined;
    if (current.op === 'id')
      return current.args === 'self' || current.args === 'oldSelf' ? schema : undefined;
    if (current.op !== '.') return visit(current.args);
    const [target, name] = current.args;
    const parent = visit(target);
    if (!parent?.properties || acceptsUnknown(parent) || parent.additionalProperties) return undefined;
    const child = Object.entries(parent.properties).find(([property]) => escapeName(property) === name)?.[1];
    if (!child) found ??= name;
    return child;
  };
  visit(node);
  return found;
}

function isNode(value: unknown): value is ASTNode {
  return typeof value === 'object' && value !== null && 'op' in value && 'args' in value;
}
