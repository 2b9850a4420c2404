import { type JsonSchema, stringifyJson } from '@tinysystems/core';
import { decoderOf } from './decoder-of.ts';
import { describeSchema, describeType } from './describe.ts';
import type { Finding } from './finding.ts';
import { type Place, describeFor } from './misfit.ts';
import type { LiteralType, ScalarType } from './type.ts';

/** A value that is known: the decoder itself says whether it fits. */
export function fitLiteral(type: LiteralType, schema: JsonSchema, { path }: Place): readonly Finding[] {
  const expected = describeSchema(schema);
  const found = describeFor(type, schema);
  const { value } = type;
  try {
    if (hasOnlyType(schema) && typeof value === schema.type) return [];
    const decoded = decoderOf(schema).decode(value);
    if (decoded.ok) return [];
    const reason = isTypeEnough(schema, value)
      ? {}
      : { reason: decoded.problem.replace(/^the value: /, 'it ') };
    return [{ state: 'invalid', code: 'TypeMismatch', path, expected, found, ...reason }];
  } catch (error) {
    const reason = `the schema cannot be used: ${error instanceof Error ? error.message : String(error)}`;
    return [{ state: 'unknown', code: 'TypeMismatch', path, expected, found, reason }];
  }
}

/** The words for expected and found say it all. */
function isTypeEnough(schema: JsonSchema, value: LiteralType['value']): boolean {
  if (schema.enum !== undefined || typeof schema.type !== 'string') return schema.enum !== undefined;
  const type = schema.type === 'integer' && Number.isInteger(value) ? 'number' : schema.type;
  return type !== (value === null ? 'null' : typeof value);
}

/** `{ type: 'string', title: … }`, which most fields are. */
function hasOnlyType(schema: JsonSchema): boolean {
  return Object.keys(schema).every((keyword) => keyword === 'type' || DESCRIBING.has(keyword));
}

const DESCRIBING = new Set([
  'title',
  'description',
  'default',
  'examples',
  'configurable',
  'secret',
  'shared',
  'tab',
]);

type Kept = (own: unknown, wanted: number) => boolean;
const atLeast: Kept = (own, wanted) => typeof own === 'number' && own >= wanted;
const atMost: Kept = (own, wanted) => typeof own === 'number' && own <= wanted;

/** Rules for the values of a kind, and when the source's own rule keeps to the wanted one. */
const RULES: Readonly<Record<'string' | 'number', ReadonlyArray<readonly [keyword: string, isKept: Kept]>>> =
  {
    string: [
      ['minLength', atLeast],
      ['maxLength', atMost],
      ['pattern', same],
      ['format', same],
    ],
    number: [
      ['minimum', atLeast],
      ['exclusiveMinimum', atLeast],
      ['maximum', atMost],
      ['exclusiveMaximum', atMost],
      ['multipleOf', same],
    ],
  };

/** Formats that the decoder checks; others only say how a form shows the field. */
const CHECKED_FORMATS = new Set(
  (
    'date time date-time iso-time iso-date-time duration uri uri-reference uri-template url email hostname ipv4 ipv6 ' +
    'regex uuid json-pointer relative-json-pointer json-pointer-uri-fragment byte int32 int64 float double'
  ).split(' '),
);

/** The rules beyond the type: kept when the source has the same or a stricter one, else nobody knows. */
export function fitScalar(
  type: ScalarType | LiteralType,
  schema: JsonSchema,
  { path }: Place,
): readonly Finding[] {
  if (type.kind === 'literal' || type.kind === 'boolean') return [];
  const rules = RULES[type.kind === 'string' ? 'string' : 'number'];
  return rules.flatMap(([keyword, isKept]): readonly Finding[] => {
    const wanted = schema[keyword];
    if (wanted === undefined || (keyword === 'format' && !CHECKED_FORMATS.has(wanted as string))) return [];
    const own = type.schema?.[keyword];
    if (own === wanted || isKept(own, wanted as number)) return [];
    if (keyword === 'minLength' && wanted === 0) return [];
    const reason = 'it may break that rule';
    const expected = `${describeSchema(schema)} with ${keyword} ${stringifyJson(wanted)}`;
    return [{ state: 'unknown', code: 'TypeMismatch', path, expected, found: describeType(type), reason }];
  });
}

function same(own: unknown, wanted: unknown): boolean {
  return own === wanted;
}
