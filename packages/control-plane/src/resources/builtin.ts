import type { JsonObject } from '../json.ts';
import { CompiledSchema } from '../schema/compiled-schema.ts';
import type { Schema } from '../schema/schema.ts';
import { BUILTIN_COLUMNS } from './builtin-columns.ts';
import { AGE_COLUMN, NAME_COLUMN, textAt } from './columns.ts';
import type { ResourceDefinition, ScalePaths, SelectableField, StoredForm } from './definition.ts';

/** How a built-in kind is declared; everything but the first four has a default. */
export interface BuiltinOptions {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly isNamespaced?: boolean;
  readonly hasStatus?: boolean;
  /** Whether it has replicas and so a scale subresource. */
  readonly hasScale?: boolean;
  readonly subresources?: ResourceDefinition['subresources'];
  readonly schema?: Schema;
  readonly selectableFields?: readonly SelectableField[];
  readonly storedAs?: string;
  readonly storedForm?: StoredForm;
  readonly fillIn?: NonNullable<ResourceDefinition['fillIn']>;
  readonly prepare?: NonNullable<ResourceDefinition['prepare']>;
  readonly beginDeletion?: NonNullable<ResourceDefinition['beginDeletion']>;
  readonly zero?: NonNullable<ResourceDefinition['zero']>;
  readonly check?: NonNullable<ResourceDefinition['check']>;
}

const REPLICAS: ScalePaths = {
  specReplicas: ['spec', 'replicas'],
  statusReplicas: ['status', 'replicas'],
  labelSelector: undefined,
};

const ANYTHING: Schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };

const DEFAULTS = {
  shortNames: [],
  categories: [],
  subresources: [],
  selectableFields: [],
  isNamespaced: true,
  hasStatus: false,
  schema: ANYTHING,
} as const satisfies Partial<BuiltinOptions>;

/** Makes the definition of a kind that the server knows without a CRD. */
export function builtin(options: BuiltinOptions): ResourceDefinition {
  const { version, hasStatus, hasScale, schema, selectableFields, ...rest } = {
    ...DEFAULTS,
    ...options,
  };
  const { group, kind, plural } = rest;
  return {
    ...rest,
    listKind: `${kind}List`,
    singular: kind.toLowerCase(),
    isCustom: false,
    isTerminating: false,
    storedAs: rest.storedAs ?? (group ? `${plural}.${group}` : plural),
    zero: { ...zeroOf(schema), ...rest.zero },
    versions: [
      {
        name: version,
        isServed: true,
        isStorage: true,
        schema: new CompiledSchema(schema),
        columns: BUILTIN_COLUMNS[kind] ?? [NAME_COLUMN, AGE_COLUMN],
        hasStatus,
        scale: hasScale ? REPLICAS : undefined,
        selectableFields,
      },
    ],
  };
}

// Wherever a type has a spec or a status, its objects have them, too, were it empty.
function zeroOf({ properties = {} }: Schema): JsonObject {
  return Object.fromEntries(['spec', 'status'].filter((name) => properties[name]).map((name) => [name, {}]));
}

/** Fields that field selectors may name, by their dotted path. */
export function selectableFields(...paths: readonly string[]): readonly SelectableField[] {
  return paths.map((path) => ({ path, read: (object) => textAt(object, path.split('.')) }));
}
