import type { Cause } from '../http/status.ts';
import { isJsonObject, memberAt, type JsonValue } from '../json.ts';
import { checkSchema } from '../schema/check-schema.ts';
import { objectsAt, stringAt, stringsAt, type KubeObject } from '../kube-object.ts';

/** The rules for a CustomResourceDefinition that matter before it can be served. */
export function checkCrd(crd: KubeObject, old: KubeObject | undefined): readonly Cause[] {
  return [...checkNames(crd), ...checkVersions(crd), ...(old ? checkUnchanged(crd, old) : [])];
}

function checkNames(crd: KubeObject): readonly Cause[] {
  const group = stringAt(crd, 'spec', 'group') ?? '';
  const plural = stringAt(crd, 'spec', 'names', 'plural') ?? '';
  const required = [
    ['spec.group', group],
    ['spec.names.plural', plural],
    ['spec.names.kind', stringAt(crd, 'spec', 'names', 'kind') ?? ''],
  ] as const;
  const causes: Cause[] = required.filter(([, value]) => value === '').map(([field]) => missing(field));
  const name = crd.metadata.name ?? '';
  if (name !== `${plural}.${group}`) {
    causes.push(invalidField('metadata.name', name, 'must be spec.names.plural+"."+spec.group'));
  }
  const scope = stringAt(crd, 'spec', 'scope') ?? '';
  if (scope !== 'Namespaced' && scope !== 'Cluster') {
    const message = `Unsupported value: ${JSON.stringify(scope)}: supported values: "Cluster", "Namespaced"`;
    causes.push(
      scope === ''
        ? missing('spec.scope')
        : { reason: 'FieldValueNotSupported', message, field: 'spec.scope' },
    );
  }
  return causes;
}

function checkVersions(crd: KubeObject): readonly Cause[] {
  const versions = objectsAt(crd, 'spec', 'versions');
  const causes: Cause[] = [];
  if (versions.filter((version) => version['storage'] === true).length !== 1) {
    const shown = memberAt(crd, ['spec', 'versions']) ?? null;
    causes.push(
      invalidField('spec.versions', shown, 'must have exactly one version marked as storage version'),
    );
    if (stringsAt(crd, 'status', 'storedVersions').length === 0) {
      causes.push(invalidField('status.storedVersions', null, 'must have at least one stored version'));
    }
  }
  versions.forEach((version, index) => {
    const schema = memberAt(version, ['schema', 'openAPIV3Schema']);
    // A real server lifts the schema of a single version to the top and names it there.
    const path =
      versions.length === 1
        ? 'spec.validation.openAPIV3Schema'
        : `spec.versions[${index}].schema.openAPIV3Schema`;
    if (isJsonObject(schema)) causes.push(...checkSchema(schema, path));
    else causes.push(missing(`spec.versions[${index}].schema.openAPIV3Schema`));
  });
  return causes;
}

function checkUnchanged(crd: KubeObject, old: KubeObject): readonly Cause[] {
  const names = objectsAt(crd, 'spec', 'versions').map((version) => version['name']);
  const lost = stringsAt(old, 'status', 'storedVersions').filter((name) => !names.includes(name));
  const causes = lost.map((name, index) => {
    const why =
      `missing from spec.versions; ${name} was previously a storage version, and must remain in spec.versions until a ` +
      `storage migration ensures no data remains persisted in ${name} and removes ${name} from status.storedVersions`;
    return invalidField(`status.storedVersions[${index}]`, name, why);
  });
  const fixed = [
    ['spec', 'scope'],
    ['spec', 'group'],
    ['spec', 'names', 'kind'],
    ['spec', 'names', 'plural'],
  ];
  const changed = fixed
    .filter((path) => stringAt(crd, ...path) !== stringAt(old, ...path))
    .map((path) => invalidField(path.join('.'), stringAt(crd, ...path) ?? '', 'field is immutable'));
  return [...causes, ...changed];
}

function missing(field: string): Cause {
  return { reason: 'FieldValueRequired', message: 'Required value', field };
}

function invalidField(field: string, value: JsonValue, text: string): Cause {
  return { reason: 'FieldValueInvalid', message: `Invalid value: ${JSON.stringify(value)}: ${text}`, field };
}
