import type { JsonObject } from '../json.ts';
import { stringsAt } from '../kube-object.ts';
import type { AccessAttributes, ResourceAttributes } from './attributes.ts';

/** One rule of a Role or ClusterRole. */
export interface PolicyRule {
  readonly verbs: readonly string[];
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames: readonly string[];
  readonly nonResourceURLs: readonly string[];
}

/** Reads a rule; what is missing allows nothing. */
export function parsePolicyRule(rule: JsonObject): PolicyRule {
  return {
    verbs: stringsAt(rule, 'verbs'),
    apiGroups: stringsAt(rule, 'apiGroups'),
    resources: stringsAt(rule, 'resources'),
    resourceNames: stringsAt(rule, 'resourceNames'),
    nonResourceURLs: stringsAt(rule, 'nonResourceURLs'),
  };
}

/** Whether a rule allows what somebody wants to do. */
export function ruleAllows(rule: PolicyRule, attributes: AccessAttributes): boolean {
  if (!includes(rule.verbs, attributes.verb)) return false;
  if ('path' in attributes) return rule.nonResourceURLs.some((url) => coversPath(url, attributes.path));
  return (
    includes(rule.apiGroups, attributes.group) &&
    coversResource(rule.resources, attributes) &&
    coversName(rule.resourceNames, attributes.name)
  );
}

function includes(values: readonly string[], value: string): boolean {
  return values.includes('*') || values.includes(value);
}

// A resource does not stand for its subresources; `*` does, and `*/status` is the status of everything.
function coversResource(
  resources: readonly string[],
  { resource, subresource }: ResourceAttributes,
): boolean {
  if (subresource === undefined) return includes(resources, resource);
  return includes(resources, `${resource}/${subresource}`) || resources.includes(`*/${subresource}`);
}

function coversName(resourceNames: readonly string[], name: string | undefined): boolean {
  return resourceNames.length === 0 || (name !== undefined && resourceNames.includes(name));
}

function coversPath(url: string, path: string): boolean {
  return url.endsWith('*') ? path.startsWith(url.replace(/\*+$/, '')) : url === path;
}
