import type { Cause } from '../http/status.ts';
import { type JsonValue, memberAt } from '../json.ts';
import { objectsAt, stringAt, type KubeObject } from '../kube-object.ts';

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
  }
  versions.forEach((version, index) => {
    if (memberAt(version, ['schema', 'openAPIV3Schema']) !== undefined) return;
    causes.push(missing(`spec.versions[${index}].schema.openAPIV3Schema`));
  });
  return causes;
}

function checkUnchanged(crd: KubeObject, old: KubeObject): readonly Cause[] {
  const fixed = [
    ['spec', 'scope'],
    ['spec', 'group'],
    ['spec', 'names', 'kind'],
    ['spec', 'names', 'plural'],
  ];
  return fixed
    .filter((path) => stringAt(crd, ...path) !== stringAt(old, ...path))
    .map((path) => invalidField(path.join('.'), stringAt(crd, ...path) ?? '', 'field is immutable'));
}

function missing(field: string): Cause {
  return { reason: 'FieldValueRequired', message: 'Required value', field };
}

function invalidField(field: string, value: JsonValue, text: string): Cause {
  return { reason: 'FieldValueInvalid', message: `Invalid value: ${JSON.stringify(value)}: ${text}`, field };
}
