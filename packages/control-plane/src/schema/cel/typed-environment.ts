import type { Environment } from '@marcbachmann/cel-js';

import { knownProperties, type Schema } from '../schema.ts';
import { KUBERNETES_CEL } from './environment.ts';
import { escapeName } from './names.ts';
import { isCelEqual } from './equality.ts';

/** An environment in which `self` and `oldSelf` have the types of a schema, for checking expressions. */
export function typedEnvironment(schema: Schema, hasOptionalOldSelf: boolean): Environment {
  const cache = hasOptionalOldSelf ? withOptionalOldSelf : withOldSelf;
  const known = cache.get(schema) ?? createEnvironment(schema, hasOptionalOldSelf);
  cache.set(schema, known);
  return known;
}

/** A schema has several rules, and each expression would make the same types. */
const withOldSelf = new WeakMap<Schema, Environment>();
const withOptionalOldSelf = new WeakMap<Schema, Environment>();

function createEnvironment(schema: Schema, hasOptionalOldSelf: boolean): Environment {
  const environment = KUBERNETES_CEL.clone();
  const type = new TypeBuilder(environment).typeOf(schema) ?? 'dyn';
  return environment
    .registerVariable('self', type)
    .registerVariable('oldSelf', hasOptionalOldSelf ? `optional<${type}>` : type);
}

/** Registers a type for each object of a schema, by the schema's place. */
class TypeBuilder {
  readonly #environment: Environment;
  #count = 0;

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  /** @returns `undefined` for what rules cannot reach, because its type is not known. */
  typeOf(schema: Schema): string | undefined {
    if (schema['x-kubernetes-int-or-string']) return 'dyn';
    switch (schema.type) {
      case 'array': {
        const item = schema.items && this.typeOf(schema.items);
        return item && `list<${item}>`;
      }
      case 'object':
        return this.#objectType(schema);
      case 'string':
        return STRING_TYPES[schema.format ?? ''] ?? 'string';
      case 'boolean':
        return 'bool';
      case 'number':
        return 'double';
      case 'integer':
        return 'int';
      default:
        return undefined;
    }
  }

  #objectType(schema: Schema): string | undefined {
    if (typeof schema.additionalProperties === 'object') {
      const value = this.typeOf(schema.additionalProperties);
      return value && `map<string, ${value}>`;
    }
    const fields = Object.entries(knownProperties(schema)).flatMap(([name, child]) => {
      const type = this.typeOf(child);
      const escaped = escapeName(name);
      return type === undefined || escaped === undefined ? [] : [[escaped, type] as const];
    });
    this.#count += 1;
    const name = `object${this.#count}`;
    this.#environment.registerType(name, { fields: Object.fromEntries(fields) });
    this.#environment.registerOperator(`${name} == ${name}`, isCelEqual);
    return name;
  }
}

const STRING_TYPES: Readonly<Record<string, string>> = {
  byte: 'bytes',
  duration: 'google.protobuf.Duration',
  date: 'google.protobuf.Timestamp',
  'date-time': 'google.protobuf.Timestamp',
};
