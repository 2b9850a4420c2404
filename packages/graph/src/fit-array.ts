import type { JsonSchema } from '@tinysystems/core';
import type { Finding } from './finding.ts';
import { type Fit, type Place, doubt, mismatch } from './misfit.ts';
import type { ArrayType, Type } from './type.ts';

/** The items of an array against the items of a schema, and how many there are. */
export function fitArray(
  type: ArrayType,
  schema: JsonSchema,
  { fit, ...place }: Place & { readonly fit: Fit },
): readonly Finding[] {
  const { prefixItems = [], items } = schema;
  const schemaAt = (index: number): JsonSchema | boolean => prefixItems[index] ?? items ?? true;
  const at = (step: number): Place => ({ ...place, path: [...place.path, step] });
  if (type.elements !== undefined) {
    return [
      ...type.elements.flatMap((element, index) => fit(element, schemaAt(index), at(index))),
      ...fitLength(type, schema, place),
    ];
  }
  const parts = [...prefixItems.keys(), prefixItems.length];
  return [
    ...parts.flatMap((index) => fit(type.items, schemaAt(index), at(index))),
    ...fitLength(type, schema, place),
  ];
}

function fitLength(type: ArrayType, schema: JsonSchema, place: Place): readonly Finding[] {
  const wanted = boundsOf(schema);
  const own = boundsOf(type.schema ?? {});
  const length = type.elements?.length;
  const atLeast = `at least ${wanted.least} items`;
  const atMost = `at most ${wanted.most} items`;
  if (length !== undefined && (length < wanted.least || length > wanted.most)) {
    const expected = length < wanted.least ? atLeast : atMost;
    return [{ ...mismatch(type, schema, place), expected, found: `${length} items` }];
  }
  const doubtful = { ...doubt(type, schema, { ...place, reason: 'how many there are is not known' }) };
  if (length === undefined && own.least < wanted.least) return [{ ...doubtful, expected: atLeast }];
  if (length === undefined && own.most > wanted.most) return [{ ...doubtful, expected: atMost }];
  if (!wanted.isUnique || own.isUnique || areDistinct(type.elements)) return [];
  return [{ ...doubtful, expected: 'no two equal items', reason: 'some may be equal' }];
}

function boundsOf(schema: JsonSchema) {
  const least = Number(schema['minItems'] ?? 0);
  const most = Number(schema['maxItems'] ?? Infinity);
  return { least, most, isUnique: schema['uniqueItems'] === true };
}

/** Whether no two of these can be equal. */
function areDistinct(elements: readonly Type[] | undefined): boolean {
  if (elements === undefined) return false;
  return elements.every((left, index) => elements.slice(index + 1).every((right) => differ(left, right)));
}

function differ(left: Type, right: Type): boolean {
  if (left.kind === 'literal' && right.kind === 'literal') return left.value !== right.value;
  if (left.kind !== 'object' || right.kind !== 'object') return false;
  return [...left.fields].some(([name, { type, isOptional }]) => {
    const other = right.fields.get(name);
    return other !== undefined && !isOptional && !other.isOptional && differ(type, other.type);
  });
}
