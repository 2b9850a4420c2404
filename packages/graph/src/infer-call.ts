import { describeType } from './describe.ts';
import type { Inference, View } from './inference.ts';
import { kindsOf, typeOfKinds } from './kinds.ts';
import { type FunctionSignature, type ValueKind, functionSignature } from './signatures.ts';
import {
  ERROR,
  INTEGER,
  MISSING,
  NULL,
  NUMBER,
  STRING,
  type Type,
  alternativesOfType,
  anyType,
  isMissing,
  unionOf,
} from './type.ts';

/** The type of a call with arguments of these types; complains about those the function does not take. */
export function inferCall(name: string, given: readonly Type[], view: View, inference: Inference): Type {
  const signature = functionSignature(name);
  if (signature === undefined) return ERROR; // it does not compile, which is said elsewhere
  const taken = given.slice(0, signature.parameters.length);
  if (taken.some(({ kind }) => kind === 'error')) return ERROR;
  for (const [index, type] of taken.entries())
    if (!isTaken({ name, type, index, signature }, view, inference)) return ERROR;
  const [first = MISSING] = taken;
  if (!isContentTaken(name, first, view, inference)) return ERROR;
  return SHARPER[name.toLowerCase()]?.(first, inference) ?? typeOfKinds(signature.result);
}

interface Argument {
  readonly name: string;
  readonly type: Type;
  readonly index: number;
  readonly signature: FunctionSignature;
}

function isTaken({ name, type, index, signature }: Argument, view: View, inference: Inference): boolean {
  const takes = signature.parameters[index] ?? [];
  const kinds = [...kindsOf(type)];
  const fitting = kinds.filter((kind) => takes.includes(kind));
  if (fitting.length === kinds.length) return true;
  const position = signature.parameters.length > 1 ? ` as argument ${index + 1}` : '';
  const complaint = {
    code: 'ExpressionFails',
    expected: `${orOf(takes)}${position} of ${name}`,
    found: describeType(type),
  } as const;
  if (fitting.length > 0) {
    inference.doubt({ ...complaint, reason: `${name} fails for some of the values` });
    return true;
  }
  inference.refuse(complaint, view);
  return false;
}

/** What functions over a container take in it, by lower-case name. */
const CONTENT: Readonly<Record<string, readonly ValueKind[]>> = {
  sum: ['integer', 'number'],
  avg: ['integer', 'number'],
  join: ['string'],
};

function isContentTaken(name: string, type: Type, view: View, inference: Inference): boolean {
  const takes = CONTENT[name.toLowerCase()];
  const kinds = [...kindsOf(contentOf(type))];
  if (takes === undefined || kinds.length === 0) return true;
  const fitting = kinds.filter((kind) => takes.includes(kind));
  if (fitting.length === kinds.length) return true;
  const complaint = {
    code: 'ExpressionFails',
    expected: `${orOf(takes)} in the argument of ${name}`,
    found: describeType(type),
  } as const;
  // An array that happens to be empty is no excuse, an object without fields is.
  const isCertain = fitting.length === 0 && type.kind === 'array';
  if (isCertain) inference.refuse(complaint, view);
  else inference.doubt({ ...complaint, reason: `${name} fails for some of the values` });
  return !isCertain;
}

/** What is in a container. */
function contentOf(type: Type): Type {
  return unionOf(
    alternativesOfType(type).flatMap((part): readonly Type[] => {
      if (part.kind === 'any') return [part];
      if (part.kind === 'array') return [part.items];
      if (part.kind !== 'object') return [];
      const fields = [...part.fields.values()].map((field) => field.type);
      return part.rest === undefined ? fields : [...fields, part.rest];
    }),
  );
}

function orOf(kinds: readonly ValueKind[]): string {
  const named = kinds.filter(
    (kind) => kind !== 'missing' && !(kind === 'integer' && kinds.includes('number')),
  );
  return named.join(' or ');
}

/** Functions whose result says more than its kind; by lower-case name. */
const SHARPER: Readonly<Record<string, (first: Type, inference: Inference) => Type>> = {
  sum: (type) => totalOf(type, INTEGER),
  avg: (type) => totalOf(type, NUMBER),
  first: endOf,
  last: endOf,
  split: () => ({ kind: 'array', items: STRING }),
  upper: textOrNull,
  lower: textOrNull,
  trim: textOrNull,
  reverse: textOrNull,
  b64encode: (type) => (isAll(type, ['string']) ? STRING : unionOf([STRING, NULL])),
  b64encoden: (type) => (isAll(type, ['string']) ? STRING : unionOf([STRING, NULL])),
  b64decode: (type) => (isAll(type, ['string']) ? STRING : unionOf([STRING, NULL])),
  abs: (type) => (isAll(type, ['integer']) ? INTEGER : NUMBER),
  fromjson: () => anyType('fromJson gives whatever the text says'),
  parent: () => anyType('parent() is not followed'),
  root: (_type, { root }) => unionOf([root, NULL]),
};

function isAll(type: Type, kinds: readonly ValueKind[]): boolean {
  return [...kindsOf(type)].every((kind) => kinds.includes(kind));
}

function textOrNull(type: Type): Type {
  return alternativesOfType(type).some(isMissing) ? unionOf([STRING, NULL]) : STRING;
}

/** Null only for what is no number and holds none. */
function totalOf(type: Type, ofIntegers: Type): Type {
  const isWhole = alternativesOfType(type).every((part) =>
    isAll(part.kind === 'array' ? part.items : part, ['integer']),
  );
  const total = isWhole ? ofIntegers : NUMBER;
  return isAll(type, ['integer', 'number', 'array', 'object']) ? total : unionOf([total, NULL]);
}

function endOf(type: Type): Type {
  return unionOf([
    NULL,
    ...alternativesOfType(type).map((part) => {
      if (part.kind === 'any') return part;
      return part.kind === 'array' ? part.items : NULL;
    }),
  ]);
}
