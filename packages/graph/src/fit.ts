import type { JsonSchema } from '@tinysystems/core';
import { describeType } from './describe.ts';
import { type Finding, asUnknown, isInvalid, settled } from './finding.ts';
import { fitArray } from './fit-array.ts';
import { fitObject } from './fit-object.ts';
import { fitLiteral, fitScalar } from './fit-scalar.ts';
import { type Fit, type Place, doubt, mismatch } from './misfit.ts';
import { MISSING, NEVER, type Type, isMissing, without, written } from './type.ts';

/**
 * Whether values of a type are accepted by the decoder of a schema.
 *
 * @returns nothing: every value is. With an `invalid` finding: no value is, but for arrays that happen to be empty. Else
 * it cannot be told, and the findings say why.
 */
export const fit: Fit = (type, schema, place) => {
  place.budget.left -= 1;
  if (type.kind === 'error' || schema === true) return [];
  if (schema === false) return [mismatch(type, schema, place)];
  if (!isConstraining(schema)) return [];
  if (place.budget.left < 0)
    return [doubt(type, schema, { ...place, reason: 'there are too many alternatives to compare' })];
  if (type.kind === 'union') return fitUnion(type, schema, place);
  if (type.kind === 'missing') return fit(written(MISSING), schema, place);
  if (type.kind === 'any') return [tooLittle(type, schema, place)];
  if (type.kind === 'literal') return fitLiteral(type, schema, place);
  const byKind = fitKind(type, schema, place);
  if (isInvalid(byKind)) return byKind;
  return settled([
    ...byKind,
    ...fitBranches(type, schema, place),
    ...(schema.allOf ?? []).flatMap((part) => fit(type, part, { ...place, isOpen: true })),
    ...fitUnfollowed(type, schema, place),
  ]);
};

function tooLittle(type: Extract<Type, { kind: 'any' }>, schema: JsonSchema, place: Place): Finding {
  return doubt(type, schema, { ...place, reason: type.why });
}

function fitKind(type: Type, schema: JsonSchema, place: Place): readonly Finding[] {
  const names = typeNames(schema);
  const { kind } = type;
  if (names !== undefined && !names.some((name) => mayBe(kind, name))) return [mismatch(type, schema, place)];
  const values = valuesOf(schema);
  if (values !== undefined) return fitValues(type, schema, { ...place, values });
  const isCertain = names === undefined || names.some((name) => isAlways(kind, name));
  const findings = isCertain
    ? []
    : [doubt(type, schema, { ...place, reason: 'a number may have a fraction' })];
  if (type.kind === 'object') return [...findings, ...fitObject(type, schema, { ...place, fit })];
  if (type.kind === 'array') return [...findings, ...fitArray(type, schema, { ...place, fit })];
  return type.kind === 'missing' || type.kind === 'any' || type.kind === 'error' || type.kind === 'union'
    ? findings
    : [...findings, ...fitScalar(type, schema, place)];
}

function typeNames({ type }: JsonSchema): readonly string[] | undefined {
  return typeof type === 'string' ? [type] : type;
}

function mayBe(kind: Type['kind'], name: string): boolean {
  return isAlways(kind, name) || (kind === 'number' && name === 'integer');
}

function isAlways(kind: Type['kind'], name: string): boolean {
  return kind === name || (kind === 'integer' && name === 'number');
}

function valuesOf(schema: JsonSchema): readonly unknown[] | undefined {
  return schema['const'] !== undefined ? [schema['const']] : schema.enum;
}

/** The type has more values than its literals, so one of a fixed set can be anything but certain. */
function fitValues(
  type: Type,
  schema: JsonSchema,
  place: Place & { readonly values: readonly unknown[] },
): readonly Finding[] {
  const { values } = place;
  const isOfKind = (value: unknown): boolean =>
    (Array.isArray(value) ? 'array' : typeof value) === jsonKind(type.kind);
  if (!values.some(isOfKind)) return [mismatch(type, schema, place)];
  if (type.kind === 'boolean' && values.includes(true) && values.includes(false)) return [];
  return [doubt(type, schema, { ...place, reason: 'not every such value is one of those' })];
}

function jsonKind(kind: Type['kind']): string {
  return kind === 'integer' ? 'number' : kind;
}

/** Each alternative of the value must be accepted. */
function fitUnion(
  type: Extract<Type, { kind: 'union' }>,
  schema: JsonSchema,
  place: Place,
): readonly Finding[] {
  if (type.of.length === 0) return [];
  const results = type.of.map((part) => fit(part, schema, place));
  if (results.every((findings) => findings.length === 0)) return [];
  const refused = results.findIndex(isInvalid);
  const [only] = type.of.length === 1 ? results : [];
  if (only !== undefined) return only;
  if (results.every(isInvalid)) {
    const [first = []] = results;
    return first.every(({ path }) => path.length === place.path.length)
      ? [mismatch(type, schema, place)]
      : first;
  }
  const doubtful = refused === -1 ? results.findIndex((findings) => findings.length > 0) : refused;
  return asUnknown(results[doubtful] ?? [], reasonFor(type, type.of[doubtful] ?? NEVER));
}

function reasonFor(type: Extract<Type, { kind: 'union' }>, refused: Type): string {
  if (isMissing(refused) || (refused.kind === 'literal' && refused.isMissing === true))
    return 'the value may be missing, and is null then';
  if (type.isMatches === true)
    return 'a path with several matches gives an array, but one match gives the value itself';
  return `it may be ${describeType(without(type, (part) => part !== refused))}`;
}

/** `anyOf` takes what one branch takes; `oneOf` what exactly one takes. */
function fitBranches(type: Type, schema: JsonSchema, place: Place): readonly Finding[] {
  const { anyOf, oneOf } = schema;
  return [
    ...(anyOf === undefined ? [] : fitAny(type, schema, { ...place, branches: anyOf })),
    ...(oneOf === undefined ? [] : fitOne(type, schema, { ...place, branches: oneOf })),
  ];
}

type Branches = Place & { readonly branches: readonly JsonSchema[] };

function fitAny(type: Type, schema: JsonSchema, { branches, ...place }: Branches): readonly Finding[] {
  const results = branches.map((branch) => fit(type, branch, place));
  if (results.some((findings) => findings.length === 0)) return [];
  return results.every(isInvalid)
    ? refusedByAll(results, mismatch(type, schema, place))
    : [doubt(type, schema, { ...place, reason: 'no alternative of the schema takes all such values' })];
}

function fitOne(type: Type, schema: JsonSchema, { branches, ...place }: Branches): readonly Finding[] {
  const results = branches.map((branch) => fit(type, branch, place));
  if (results.every(isInvalid)) return refusedByAll(results, mismatch(type, schema, place));
  const refused = results.filter(isInvalid).length;
  const isExact = results.some((findings) => findings.length === 0) && refused === branches.length - 1;
  return isExact
    ? []
    : [doubt(type, schema, { ...place, reason: 'it must fit exactly one alternative of the schema' })];
}

/** Where one alternative was meant, what is wrong inside of it says more than that none fits. */
function refusedByAll(results: ReadonlyArray<readonly Finding[]>, general: Finding): readonly Finding[] {
  const inner = results.filter((findings) => findings.every(({ path }) => path.length > general.path.length));
  return inner.length === 1 ? (inner[0] ?? [general]) : [general];
}

/** Keywords that refuse values and that no check here follows. */
const UNFOLLOWED = [
  '$ref',
  '$dynamicRef',
  'not',
  'if',
  'dependentRequired',
  'dependentSchemas',
  'dependencies',
  'propertyNames',
  'minProperties',
  'maxProperties',
  'patternProperties',
  'unevaluatedProperties',
  'unevaluatedItems',
  'contains',
] as const;
const FOLLOWED = new Set<string>([
  'type',
  'enum',
  'const',
  'properties',
  'required',
  'additionalProperties',
  'items',
  'prefixItems',
  'anyOf',
  'oneOf',
  'allOf',
  'minItems',
  'maxItems',
  'uniqueItems',
  'minLength',
  'maxLength',
  'pattern',
  'format',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  ...UNFOLLOWED,
]);

function fitUnfollowed(type: Type, schema: JsonSchema, place: Place): readonly Finding[] {
  const keyword = UNFOLLOWED.find((name) => schema[name] !== undefined);
  if (keyword === undefined) return [];
  return [doubt(type, schema, { ...place, reason: `the schema says ${keyword}, which is not followed` })];
}

/** Whether a schema can refuse anything. */
function isConstraining(schema: JsonSchema): boolean {
  return Object.keys(schema).some((keyword) => FOLLOWED.has(keyword));
}
