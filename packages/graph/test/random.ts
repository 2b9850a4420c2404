import { type Json, type JsonSchema, alternativesOf } from '@tinysystems/core';

/** A small generator of repeatable random numbers (mulberry32). */
export class SeededRandom {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  }

  chance(share: number): boolean {
    return this.next() < share;
  }

  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }
}

const NAMES = ['a', 'b', 'c', 'name', 'items'];

/** A schema of few fields and levels, of all the keywords that the checks follow. */
export function randomSchema(random: SeededRandom, depth = 3): JsonSchema {
  const kinds = ['string', 'integer', 'number', 'boolean', 'enum', 'null', 'any', 'nullable'];
  const containers = ['object', 'object', 'object', 'array', 'anyOf', 'oneOf', 'record'];
  const kind = random.pick(depth > 0 ? [...kinds, ...containers, ...containers] : kinds);
  switch (kind) {
    case 'string':
      return { type: 'string', ...(random.chance(0.2) && { minLength: random.below(3) }) };
    case 'integer':
    case 'number':
      return { type: kind, ...(random.chance(0.3) && { minimum: random.below(4) - 2 }) };
    case 'enum':
      return {
        enum: random.pick<readonly Json[]>([
          ['x', 'y'],
          [1, 2],
          ['x', 1, null],
          [true, false],
        ]),
      };
    case 'any':
      return random.chance(0.5) ? {} : { configurable: true, title: 'Any' };
    case 'nullable':
      return { type: ['string', 'null'] };
    case 'array':
      return {
        type: 'array',
        items: randomSchema(random, depth - 1),
        ...random.pick([{}, {}, {}, { minItems: 1 }, { maxItems: 3 }]),
      };
    case 'record':
      return { type: 'object', additionalProperties: randomSchema(random, depth - 1) };
    case 'anyOf':
    case 'oneOf':
      return { [kind]: [randomSchema(random, depth - 1), randomSchema(random, depth - 1)] };
    case 'object':
      return randomObject(random, depth);
    default:
      return { type: kind };
  }
}

export function randomObject(random: SeededRandom, depth: number): JsonSchema {
  const names = NAMES.filter(() => random.chance(0.5));
  const properties = Object.fromEntries(
    names.map((name) => {
      const schema = randomSchema(random, depth - 1);
      return [name, schema.type === 'integer' && random.chance(0.2) ? { ...schema, default: 7 } : schema];
    }),
  );
  const required = names.filter(() => random.chance(0.7));
  return {
    type: 'object',
    properties,
    required,
    ...(random.chance(0.1) && { additionalProperties: true }),
  };
}

/** A value that a schema most likely accepts; arrays are never empty. */
export function randomValue(schema: JsonSchema, random: SeededRandom): Json {
  if (schema.enum !== undefined) return random.pick(schema.enum);
  const alternatives = alternativesOf(schema);
  if (alternatives.length > 0) return randomValue(random.pick(alternatives), random);
  const type = typeof schema.type === 'string' ? schema.type : random.pick(schema.type ?? ['any']);
  switch (type) {
    case 'string':
      return random.pick(['x', 'hello', '12', 'y']).padEnd(Number(schema['minLength'] ?? 0), '.');
    case 'integer':
      return Number(schema['minimum'] ?? -2) + random.below(5);
    case 'number':
      return Number(schema['minimum'] ?? -2) + random.next() * 3;
    case 'boolean':
      return random.chance(0.5);
    case 'null':
      return null;
    case 'array':
      return Array.from({ length: 1 + random.below(3) }, () => randomValue(schema.items ?? {}, random));
    case 'object':
      return randomFields(schema, random);
    default:
      return random.pick<Json>([null, 1, 'x', true, [1], { a: 1 }]);
  }
}

function randomFields(schema: JsonSchema, random: SeededRandom): Json {
  const { properties = {}, required = [], additionalProperties } = schema;
  const entries = Object.entries(properties)
    .filter(([name]) => required.includes(name) || random.chance(0.5))
    .map(([name, field]): [string, Json] => [name, randomValue(field, random)]);
  if (typeof additionalProperties === 'object' && random.chance(0.7))
    entries.push([random.pick(NAMES), randomValue(additionalProperties, random)]);
  return Object.fromEntries(entries);
}

/** A path into values of a schema; now and then one that leads nowhere. */
export function randomPath(schema: JsonSchema, random: SeededRandom): string {
  let at: JsonSchema = schema;
  let path = '$';
  for (let step = 0; step < 3; step += 1) {
    const alternatives = alternativesOf(at);
    if (alternatives.length > 0) at = random.pick(alternatives);
    const names = Object.keys(at.properties ?? {});
    if (random.chance(0.04)) path += '.nope';
    else if (names.length > 0) {
      const name = random.pick(names);
      path += `.${name}`;
      at = at.properties?.[name] ?? {};
    } else if (at.items !== undefined) {
      path += random.pick(['[0]', '[*]', '[-1]', '[0:2]', "[?(@ != 'x')]", '']);
      if (path.endsWith(']')) at = at.items;
    } else if (typeof at.additionalProperties === 'object') {
      path += random.pick([`.${random.pick(NAMES)}`, '.*']);
      at = at.additionalProperties;
    } else return path;
    if (random.chance(0.3)) return path;
  }
  return path;
}

/** An expression over values of a schema. */
export function randomExpression(schema: JsonSchema, random: SeededRandom): string {
  const path = () => randomPath(schema, random);
  const once = path();
  return random.pick([
    once,
    once,
    once,
    once,
    `${once} ? ${once} : 'none'`,
    `${once} != null ? ${once} : 0`,
    `${once} == ${path()}`,
    `length(${once})`,
    `length(${once}) > 1`,
    `string(${once})`,
    `upper(${once})`,
    `first(${once})`,
    `last(split(string(${once}), 'l'))`,
    `sum(${once})`,
    `${once} + 1`,
    `${once} + ${path()}`,
    `${once} * 2`,
    `-${once}`,
    `[${once}, ${path()}]`,
    `{a: ${once}, b: 1}`,
    `!${once} || ${path()} > 1`,
    `abs(${once})`,
    `round(${once})`,
    `{a: ${once}}.a`,
    random.pick(['1', '0.5', "'x'", 'true', 'null']),
  ]);
}

/** A mapping that is meant for a target schema, with expressions over a source schema. */
export function randomMapping(target: JsonSchema, source: JsonSchema, random: SeededRandom): Json {
  const { properties = {}, items } = target;
  if (Object.keys(properties).length > 0 && random.chance(0.9)) {
    const names = Object.keys(properties).filter(() => random.chance(0.9));
    if (random.chance(0.05)) names.push('extra');
    return Object.fromEntries(
      names.map((name) => [name, randomMapping(properties[name] ?? {}, source, random)]),
    );
  }
  if (items !== undefined && random.chance(0.4)) return [randomMapping(items, source, random)];
  if (random.chance(0.15)) return randomValue(target, random);
  const expression = `{{${randomExpression(source, random)}}}`;
  return random.chance(0.15) ? `text ${expression}` : expression;
}
