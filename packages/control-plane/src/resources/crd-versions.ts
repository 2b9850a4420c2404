import { goJson } from '../go-json.ts';
import type { Cause } from '../http/status.ts';
import { isJsonObject, jsonEqual, memberAt, type JsonObject, type JsonValue } from '../json.ts';
import { objectsAt, stringAt, stringsAt, type KubeObject } from '../kube-object.ts';
import { checkSchema } from '../schema/check-schema.ts';
import type { Schema } from '../schema/schema.ts';
import { checkColumns, checkSelectableFields, checkSubresources } from './crd-parts.ts';

/** What is wrong with the versions of a CustomResourceDefinition. */
export function checkCrdVersions(crd: KubeObject): readonly Cause[] {
  const versions = objectsAt(crd, 'spec', 'versions');
  return [
    ...checkStorage(crd, versions),
    ...versions.flatMap((version, index) => checkVersion(version, `spec.versions[${index}]`)),
    ...PARTS.flatMap((part) => checkPart(part, versions)),
  ];
}

interface Part {
  readonly member: string;
  /** Where a real server keeps it when it is the same in all versions, and says that it is. */
  readonly lifted: string;
  readonly check: (value: JsonValue, path: string, schema: Schema) => readonly Cause[];
}

const PARTS: readonly Part[] = [
  { member: 'schema', lifted: 'spec.validation', check: checkVersionSchema },
  { member: 'subresources', lifted: 'spec.subresources', check: checkSubresources },
  { member: 'additionalPrinterColumns', lifted: 'spec.additionalPrinterColumns', check: checkColumns },
  { member: 'selectableFields', lifted: 'spec.selectableFields', check: checkSelectableFields },
];

function checkPart({ member, lifted, check }: Part, versions: readonly JsonObject[]): readonly Cause[] {
  const places = isSame(member, versions)
    ? versions.slice(0, 1).map((version) => ({ version, path: lifted }))
    : versions.map((version, index) => ({ version, path: `spec.versions[${index}].${member}` }));
  return places.flatMap(({ version, path }) => {
    const value = version[member];
    const schema = memberAt(version, ['schema', 'openAPIV3Schema']);
    return value === undefined || value === null
      ? []
      : check(value, path, isJsonObject(schema) ? schema : {});
  });
}

function isSame(member: string, versions: readonly JsonObject[]): boolean {
  const [first] = versions;
  return versions.every((version) => jsonEqual(version[member] ?? null, first?.[member] ?? null));
}

function checkVersionSchema(_value: JsonValue, path: string, schema: Schema): readonly Cause[] {
  return Object.keys(schema).length === 0 ? [] : checkSchema(schema, `${path}.openAPIV3Schema`);
}

function checkVersion(version: JsonObject, path: string): readonly Cause[] {
  const causes: Cause[] = [];
  if (!isJsonObject(memberAt(version, ['schema', 'openAPIV3Schema']))) {
    const field = `${path}.schema.openAPIV3Schema`;
    causes.push({ reason: 'FieldValueRequired', message: 'Required value', field });
  }
  const warning = stringAt(version, 'deprecationWarning');
  if (warning !== undefined && version['deprecated'] !== true) {
    const message = `Invalid value: ${goJson(warning)}: can only be set for deprecated versions`;
    causes.push({ reason: 'FieldValueInvalid', message, field: `${path}.deprecationWarning` });
  }
  return causes;
}

function checkStorage(crd: KubeObject, versions: readonly JsonObject[]): readonly Cause[] {
  if (versions.filter((version) => version['storage'] === true).length === 1) return [];
  const shown = goJson(versions.map((version) => internalVersion(version, versions)));
  const message = `Invalid value: ${shown}: must have exactly one version marked as storage version`;
  const cause: Cause = { reason: 'FieldValueInvalid', message, field: 'spec.versions' };
  if (stringsAt(crd, 'status', 'storedVersions').length > 0) return [cause];
  const text = 'Invalid value: null: must have at least one stored version';
  return [cause, { reason: 'FieldValueInvalid', message: text, field: 'status.storedVersions' }];
}

// The form in which a real server holds a version, and shows it.
function internalVersion(version: JsonObject, versions: readonly JsonObject[]): JsonObject {
  const own = (member: string): JsonValue => (isSame(member, versions) ? null : (version[member] ?? null));
  return {
    Name: version['name'],
    Served: version['served'] ?? false,
    Storage: version['storage'] ?? false,
    Deprecated: version['deprecated'] ?? false,
    DeprecationWarning: version['deprecationWarning'] ?? null,
    Schema: own('schema'),
    Subresources: own('subresources'),
    AdditionalPrinterColumns: own('additionalPrinterColumns'),
    SelectableFields: own('selectableFields'),
  };
}
