import type { Cause } from '../http/status.ts';
import { memberAt } from '../json.ts';
import { objectsAt, stringAt, stringsAt, type KubeObject } from '../kube-object.ts';
import { checkCrdNames } from './crd-names.ts';
import { checkCrdVersions } from './crd-versions.ts';
import { writeJson } from '../exact-json.ts';

/** The rules for a CustomResourceDefinition that matter before it can be served. */
export function checkCrd(crd: KubeObject, old: KubeObject | undefined): readonly Cause[] {
  const causes = [...checkCrdNames(crd), ...checkCrdVersions(crd), ...checkPruning(crd)];
  return old ? [...causes, ...checkUnchanged(crd, old)] : causes;
}

function checkPruning(crd: KubeObject): readonly Cause[] {
  if (memberAt(crd, ['spec', 'preserveUnknownFields']) !== true) return [];
  const text =
    'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead';
  return [
    {
      reason: 'FieldValueInvalid',
      message: `Invalid value: true: ${text}`,
      field: 'spec.preserveUnknownFields',
    },
  ];
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

function invalidField(field: string, value: string, text: string): Cause {
  return { reason: 'FieldValueInvalid', message: `Invalid value: ${writeJson(value)}: ${text}`, field };
}
