import type { JsonValue } from '../json.ts';

/** One rule of `x-kubernetes-validations`. */
export interface ValidationRule {
  readonly rule: string;
  readonly message?: string;
  readonly messageExpression?: string;
  readonly reason?: string;
  readonly fieldPath?: string;
  readonly optionalOldSelf?: boolean;
}

/** A structural schema: the part of OpenAPI v3 that a CustomResourceDefinition may use. */
export interface Schema {
  readonly type?: string;
  readonly format?: string;
  readonly title?: string;
  readonly description?: string;
  readonly default?: JsonValue;
  readonly nullable?: boolean;
  readonly enum?: readonly JsonValue[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: boolean;
  readonly exclusiveMaximum?: boolean;
  readonly multipleOf?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly allOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly not?: Schema;
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly 'x-kubernetes-embedded-resource'?: boolean;
  readonly 'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map';
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-map-type'?: 'atomic' | 'granular';
  readonly 'x-kubernetes-validations'?: readonly ValidationRule[];
  /** Built-in kinds only: the key by which a strategic merge patch pairs list items. */
  readonly 'x-kubernetes-patch-merge-key'?: string;
}

const ANY_OBJECT: Schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };

const NAMED: Schema = {
  ...ANY_OBJECT,
  properties: { name: { type: 'string' }, generateName: { type: 'string' } },
};

/** The three members that every object has and no CRD schema needs to declare; rules see no more of them. */
export const TYPE_AND_META: Readonly<Record<string, Schema>> = {
  apiVersion: { type: 'string' },
  kind: { type: 'string' },
  metadata: NAMED,
};

const TEXT_MAP: Schema = { type: 'object', additionalProperties: { type: 'string' } };

/** How finely the fields of metadata can be owned. */
const OWNED_META: Schema = {
  ...ANY_OBJECT,
  properties: {
    labels: TEXT_MAP,
    annotations: TEXT_MAP,
    finalizers: { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'set' },
    ownerReferences: {
      type: 'array',
      items: ANY_OBJECT,
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['uid'],
      'x-kubernetes-patch-merge-key': 'uid',
    },
  },
};

/** The schema by which fields of a whole object are owned. */
export function ownershipSchema(root: Schema): Schema {
  return { ...root, properties: { ...root.properties, metadata: OWNED_META } };
}

/** The schema of a property, through `properties` or `additionalProperties`; `undefined` when it is unknown. */
export function propertySchema(schema: Schema | undefined, name: string): Schema | undefined {
  if (!schema) return undefined;
  const declared =
    schema.properties && Object.hasOwn(schema.properties, name) ? schema.properties[name] : undefined;
  if (declared) return declared;
  if (schema['x-kubernetes-embedded-resource'] && Object.hasOwn(TYPE_AND_META, name))
    return TYPE_AND_META[name];
  return typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined;
}

/** The properties that an object of this schema is known to have. */
export function knownProperties(schema: Schema): Readonly<Record<string, Schema>> {
  return { ...schema.properties, ...(schema['x-kubernetes-embedded-resource'] && TYPE_AND_META) };
}

/** Whether an object of this schema may have members that the schema does not name. */
export function acceptsUnknown(schema: Schema): boolean {
  return schema['x-kubernetes-preserve-unknown-fields'] === true || schema.additionalProperties === true;
}

/** The whole-object schema: what the author wrote plus apiVersion, kind and metadata. */
export function rootSchema(schema: Schema): Schema {
  return { ...schema, properties: { ...schema.properties, ...TYPE_AND_META } };
}

/** A field's path as errors write it: `spec.ports[0].name`. */
export function childPath(path: string, name: string): string {
  if (path === '' || name === '') return path + name;
  return name.startsWith('[') ? path + name : `${path}.${name}`;
}
