import type { Cause } from '../http/status.ts';
import { isJsonArray, isJsonObject, memberAt, type JsonObject } from '../json.ts';
import { objectsAt, stringAt, stringsAt, type KubeObject } from '../kube-object.ts';
import { CompiledSchema } from '../schema/compiled-schema.ts';
import type { Schema } from '../schema/schema.ts';
import { BUILTIN_SCHEMAS } from './builtin-schemas.ts';
import { builtin } from './builtin.ts';
import { AGE_COLUMN, NAME_COLUMN, printerColumn, type PrinterColumn } from './columns.ts';
import { hasRefusedNames, prepareCrd, withDeletionPending } from './crd-conditions.ts';
import { checkCrd } from './crd-rules.ts';
import { compilePath } from './json-path.ts';
import type { ResourceDefinition, ScalePaths, SelectableField, VersionDefinition } from './definition.ts';

export const CRD_GROUP = 'apiextensions.k8s.io';

/** The kind that declares kinds. */
export const CRD_DEFINITION: ResourceDefinition = builtin({
  group: CRD_GROUP,
  version: 'v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  shortNames: ['crd', 'crds'],
  categories: ['api-extensions'],
  isNamespaced: false,
  hasStatus: true,
  schema: BUILTIN_SCHEMAS.customResourceDefinition,
  fillIn: withDefaults,
  prepare: prepareCrd,
  beginDeletion: withDeletionPending,
  check: (crd, old) => {
    const causes = checkCrd(crd, old);
    return causes.length > 0 ? causes : checkServable(crd);
  },
});

/** What a CustomResourceDefinition declares. */
export function definitionFromCrd(crd: KubeObject): ResourceDefinition {
  const group = stringAt(crd, 'spec', 'group') ?? '';
  const names = ['spec', 'names'];
  const kind = stringAt(crd, ...names, 'kind') ?? '';
  const plural = stringAt(crd, ...names, 'plural') ?? '';
  return {
    group,
    kind,
    plural,
    listKind: stringAt(crd, ...names, 'listKind') ?? `${kind}List`,
    singular: stringAt(crd, ...names, 'singular') ?? kind.toLowerCase(),
    shortNames: stringsAt(crd, ...names, 'shortNames'),
    categories: stringsAt(crd, ...names, 'categories'),
    isNamespaced: stringAt(crd, 'spec', 'scope') === 'Namespaced',
    isCustom: true,
    subresources: [],
    isTerminating: crd.metadata.deletionTimestamp !== undefined,
    storedAs: `${plural}.${group}`,
    versions: hasRefusedNames(crd)
      ? []
      : objectsAt(crd, 'spec', 'versions')
          .map((version) => versionFrom(version, `${group}/${stringAt(version, 'name') ?? ''} ${kind}`))
          .toSorted(byPriority),
  };
}

function withDefaults(crd: KubeObject): KubeObject {
  const spec = isJsonObject(crd['spec']) ? crd['spec'] : {};
  const names = isJsonObject(spec['names']) ? spec['names'] : {};
  const kind = stringAt(names, 'kind') ?? '';
  return {
    ...crd,
    spec: {
      conversion: { strategy: 'None' },
      ...spec,
      names: { listKind: `${kind}List`, singular: kind.toLowerCase(), ...names },
    },
  };
}

// Whatever the rules overlook must be refused before it is stored: a kind that cannot be served would stay for good.
function checkServable(crd: KubeObject): readonly Cause[] {
  try {
    definitionFromCrd(crd);
    return [];
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return [
      { reason: 'FieldValueInvalid', message: `Invalid value: cannot be served: ${why}`, field: 'spec' },
    ];
  }
}

function versionFrom(version: JsonObject, shownAs: string): VersionDefinition {
  const subresources = isJsonObject(version['subresources']) ? version['subresources'] : {};
  const declared = objectsAt(version, 'additionalPrinterColumns').map((item) => {
    return printerColumn(item as JsonObject & PrinterColumn);
  });
  return {
    name: stringAt(version, 'name') ?? '',
    isServed: version['served'] === true,
    isStorage: version['storage'] === true,
    schema: new CompiledSchema(schemaOf(version)),
    columns: [NAME_COLUMN, ...(declared.length > 0 ? declared : [AGE_COLUMN])],
    deprecation:
      version['deprecated'] === true
        ? (stringAt(version, 'deprecationWarning') ?? `${shownAs} is deprecated`)
        : undefined,
    hasStatus: subresources['status'] !== undefined,
    scale: isJsonObject(subresources['scale']) ? scalePaths(subresources['scale']) : undefined,
    selectableFields: objectsAt(version, 'selectableFields').map(selectableField),
  };
}

/** The schema of one entry of `spec.versions`. */
export function schemaOf(version: JsonObject): Schema {
  const schema = memberAt(version, ['schema', 'openAPIV3Schema']);
  return isJsonObject(schema) ? schema : { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
}

function scalePaths(scale: JsonObject): ScalePaths {
  const selector = stringAt(scale, 'labelSelectorPath');
  return {
    specReplicas: memberNames(stringAt(scale, 'specReplicasPath') ?? ''),
    statusReplicas: memberNames(stringAt(scale, 'statusReplicasPath') ?? ''),
    labelSelector: selector ? memberNames(selector) : undefined,
  };
}

function memberNames(path: string): readonly string[] {
  return path.split('.').filter((name) => name !== '');
}

function selectableField(field: JsonObject): SelectableField {
  const jsonPath = stringAt(field, 'jsonPath') ?? '';
  const find = compilePath(jsonPath);
  return {
    path: jsonPath.replace(/^\./, ''),
    read: (object) => {
      const [value] = find(object);
      return value === undefined || value === null || isJsonObject(value) || isJsonArray(value)
        ? ''
        : String(value);
    },
  };
}

// GA before beta before alpha, then the higher number: the order in which discovery prefers versions.
function byPriority(a: VersionDefinition, b: VersionDefinition): number {
  const [left, right] = [versionRank(a.name), versionRank(b.name)];
  for (let index = 0; index < left.length; index += 1) {
    const difference = (right[index] ?? 0) - (left[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.name < b.name ? -1 : 1;
}

function versionRank(name: string): readonly number[] {
  const match = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(name);
  if (!match) return [0, 0, 0];
  const [, major, stage, minor] = match;
  return [stage === undefined ? 3 : stage === 'beta' ? 2 : 1, Number(major), Number(minor ?? 0)];
}
