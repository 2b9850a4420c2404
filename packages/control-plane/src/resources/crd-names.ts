import type { Cause } from '../http/status.ts';
import { memberAt } from '../json.ts';
import { stringAt, stringsAt, type KubeObject } from '../kube-object.ts';

const LABEL = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const LABEL_RULE =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, " +
  "and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
const SUBDOMAIN_RULE =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end " +
  "with an alphanumeric character (e.g. 'example.com', regex used for validation is " +
  "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const APPROVAL = 'api-approved.kubernetes.io';

/** What is wrong with the group, names and scope of a CustomResourceDefinition. */
export function checkCrdNames(crd: KubeObject): readonly Cause[] {
  return [...checkName(crd), ...checkGroup(crd), ...checkScope(crd), ...checkEachName(crd)];
}

function checkName(crd: KubeObject): readonly Cause[] {
  const name = crd.metadata.name ?? '';
  const wanted = `${stringAt(crd, 'spec', 'names', 'plural') ?? ''}.${stringAt(crd, 'spec', 'group') ?? ''}`;
  return name === wanted
    ? []
    : [invalidField('metadata.name', name, 'must be spec.names.plural+"."+spec.group')];
}

function checkGroup(crd: KubeObject): readonly Cause[] {
  const group = stringAt(crd, 'spec', 'group') ?? '';
  if (group === '') return [missing('spec.group')];
  if (!SUBDOMAIN.test(group)) return [invalidField('spec.group', group, SUBDOMAIN_RULE)];
  if (!group.includes('.'))
    return [invalidField('spec.group', group, 'should be a domain with at least one dot')];
  const isProtected = /(^|\.)(k8s|kubernetes)\.io$/.test(group);
  if (!isProtected) return [];
  const approval = crd.metadata.annotations?.[APPROVAL] ?? '';
  const field = `metadata.annotations[${APPROVAL}]`;
  if (approval === '') {
    const text =
      `protected groups must have approval annotation "${APPROVAL}", ` +
      'see https://github.com/kubernetes/enhancements/pull/1111';
    return [{ reason: 'FieldValueRequired', message: `Required value: ${text}`, field }];
  }
  if (approval.startsWith('unapproved') || URL.canParse(approval)) return [];
  const text =
    'protected groups must have approval annotation "api-approved.kubernetes.io" with either a URL or a reason ' +
    'starting with "unapproved", see https://github.com/kubernetes/enhancements/pull/1111';
  return [invalidField(field, approval, text)];
}

function checkScope(crd: KubeObject): readonly Cause[] {
  const scope = stringAt(crd, 'spec', 'scope') ?? '';
  if (scope === 'Namespaced' || scope === 'Cluster') return [];
  if (scope === '') return [missing('spec.scope')];
  const message = `Unsupported value: ${JSON.stringify(scope)}: supported values: "Cluster", "Namespaced"`;
  return [{ reason: 'FieldValueNotSupported', message, field: 'spec.scope' }];
}

function checkEachName(crd: KubeObject): readonly Cause[] {
  const names = memberAt(crd, ['spec', 'names']);
  const field = 'spec.names';
  const kind = stringAt(names, 'kind') ?? '';
  const listKind = stringAt(names, 'listKind') ?? '';
  const lower = (name: string): string => name.toLowerCase();
  const single = [
    ...labelCauses(`${field}.plural`, stringAt(names, 'plural') ?? ''),
    ...labelCauses(`${field}.singular`, stringAt(names, 'singular') ?? ''),
    ...labelCauses(`${field}.kind`, kind, lower),
    ...labelCauses(`${field}.listKind`, listKind, lower),
  ];
  const lists = ['shortNames', 'categories'].flatMap((member) =>
    stringsAt(names, member).flatMap((name, index) => labelCauses(`${field}.${member}[${index}]`, name)),
  );
  const text = 'kind and listKind may not be the same';
  return [
    ...single,
    ...lists,
    ...(kind !== '' && kind === listKind ? [invalidField(`${field}.listKind`, listKind, text)] : []),
  ];
}

function labelCauses(field: string, name: string, fold?: (name: string) => string): readonly Cause[] {
  if (name === '') return [missing(field)];
  if (LABEL.test(fold?.(name) ?? name) && name.length <= 63) return [];
  return [
    invalidField(
      field,
      name,
      fold ? `may have mixed case, but should otherwise match: ${LABEL_RULE}` : LABEL_RULE,
    ),
  ];
}

function missing(field: string): Cause {
  return { reason: 'FieldValueRequired', message: 'Required value', field };
}

function invalidField(field: string, value: string, text: string): Cause {
  return { reason: 'FieldValueInvalid', message: `Invalid value: ${JSON.stringify(value)}: ${text}`, field };
}
