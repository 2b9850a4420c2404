import type { JsonObject } from '../json.ts';
import { CompiledSchema } from '../schema/compiled-schema.ts';
import type { Schema } from '../schema/schema.ts';
import { AGE_COLUMN, NAME_COLUMN, textAt } from './columns.ts';
import type { Column, ResourceDefinition, ScalePaths, SelectableField, StoredForm } from './definition.ts';

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
  readonly schema?: Schema;
  /** Between Name and Age. */
  readonly columns?: readonly Column[];
  /** Instead of Name and everything after it. */
  readonly allColumns?: readonly Column[];
  /** Instead of Age. */
  readonly lastColumn?: Column;
  readonly selectableFields?: readonly SelectableField[];
  readonly storedAs?: string;
  readonly storedForm?: StoredForm;
  readonly fillIn?: ResourceDefinition['fillIn'];
  readonly prepare?: ResourceDefinition['prepare'];
  readonly beginDeletion?: ResourceDefinition['beginDeletion'];
  readonly zero?: ResourceDefinition['zero'];
  readonly check?: ResourceDefinition['check'];
}

const REPLICAS: ScalePaths = {
  specReplicas: ['spec', 'replicas'],
  statusReplicas: ['status', 'replicas'],
  labelSelector: undefined,
};

const ANYTHING: Schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };

/** Makes the definition of a kind that the server knows without a CRD. */
export function builtin(options: BuiltinOptions): ResourceDefinition {
  const { group, version, kind, plural } = options;
  const { fillIn, prepare, beginDeletion, check, storedForm, schema = ANYTHING } = options;
  return {
    group,
    kind,
    listKind: `${kind}List`,
    plural,
    singular: kind.toLowerCase(),
    shortNames: options.shortNames ?? [],
    categories: options.categories ?? [],
    isNamespaced: options.isNamespaced ?? true,
    isCustom: false,
    isTerminating: false,
    storedAs: options.storedAs ?? (group ? `${plural}.${group}` : plural),
    ...(fillIn && { fillIn }),
    ...(prepare && { prepare }),
    ...(beginDeletion && { beginDeletion }),
    zero: { ...zeroOf(schema), ...options.zero },
    ...(check && { check }),
    ...(storedForm && { storedForm }),
    versions: [
      {
        name: version,
        isServed: true,
        isStorage: true,
        schema: new CompiledSchema(schema),
        columns: options.allColumns ?? [
          NAME_COLUMN,
          ...(options.columns ?? []),
          options.lastColumn ?? { ...AGE_COLUMN, type: 'string' },
        ],
        hasStatus: options.hasStatus ?? false,
        scale: options.hasScale ? REPLICAS : undefined,
        selectableFields: options.selectableFields ?? [],
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
