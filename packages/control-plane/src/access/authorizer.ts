import { qualified, StatusError } from '../http/status.ts';
import type { AccessAttributes } from './attributes.ts';
import type { Grants } from './grants.ts';
import { parsePolicyRule, ruleAllows, type PolicyRule } from './policy-rule.ts';
import { MASTERS, type User } from './user.ts';

/** Whether somebody may do something, and why. */
export interface Decision {
  readonly isAllowed: boolean;
  /** Which binding allows it, or what is wrong with those that might; empty when there is nothing to say. */
  readonly reason: string;
}

/** Everything that somebody may do in one namespace. */
export interface Permissions {
  readonly rules: readonly PolicyRule[];
  /** What is wrong with some of the bindings; empty when nothing is. */
  readonly problem: string;
}

const EVERYTHING = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
].map(parsePolicyRule);

/** Decides by the stored roles and bindings; what they do not allow is denied. */
export class Authorizer {
  readonly #grants: Grants;

  constructor(grants: Grants) {
    this.#grants = grants;
  }

  /** Whether `user` may do this. */
  decide(user: User, attributes: AccessAttributes): Decision {
    if (user.groups.includes(MASTERS)) return { isAllowed: true, reason: '' };
    const grants = this.#grants.of(user, 'path' in attributes ? undefined : attributes.namespace);
    const allowing = grants.find(({ rules }) => rules.some((rule) => ruleAllows(rule, attributes)));
    if (allowing) return { isAllowed: true, reason: `RBAC: allowed by ${allowing.source}` };
    const problem = joinProblems(grants.flatMap((grant) => grant.problem ?? []));
    return { isAllowed: false, reason: problem === '' ? '' : `RBAC: ${problem}` };
  }

  /**
   * Lets what is allowed pass.
   *
   * @throws StatusError 403 in the words of a real server.
   */
  require(user: User, attributes: AccessAttributes): void {
    const { isAllowed, reason } = this.decide(user, attributes);
    if (!isAllowed) throw accessDenied(user, attributes, reason);
  }

  /** What `user` may do in `namespace`. */
  permissionsOf(user: User, namespace: string | undefined): Permissions {
    if (user.groups.includes(MASTERS)) return { rules: EVERYTHING, problem: '' };
    const grants = this.#grants.of(user, namespace);
    const problem = joinProblems(grants.flatMap((grant) => grant.problem ?? []));
    return { rules: grants.flatMap(({ rules }) => rules), problem };
  }
}

function joinProblems(problems: readonly string[]): string {
  const distinct = [...new Set(problems)];
  return distinct.length > 1 ? `[${distinct.join(', ')}]` : (distinct[0] ?? '');
}

function accessDenied(user: User, attributes: AccessAttributes, reason: string): StatusError {
  const why = escapeHtml(`User ${JSON.stringify(user.name)} cannot ${wish(attributes)}`);
  const text = reason === '' ? why : `${why}: ${reason}`;
  if ('path' in attributes) return new StatusError(403, 'Forbidden', `forbidden: ${text}`, {});
  const { group, resource, name } = attributes;
  const subject = qualified(resource, group) + (name === undefined ? '' : ` ${JSON.stringify(name)}`);
  return new StatusError(403, 'Forbidden', `${subject} is forbidden: ${text}`, {
    ...(name !== undefined && { name }),
    group,
    kind: resource,
  });
}

function wish(attributes: AccessAttributes): string {
  if ('path' in attributes) return `${attributes.verb} path ${JSON.stringify(attributes.path)}`;
  const { verb, group, namespace, subresource } = attributes;
  const resource = subresource === undefined ? attributes.resource : `${attributes.resource}/${subresource}`;
  const where =
    namespace === undefined ? 'at the cluster scope' : `in the namespace ${JSON.stringify(namespace)}`;
  return `${verb} resource ${JSON.stringify(resource)} in API group ${JSON.stringify(group)} ${where}`;
}

// A real server does so too: its texts may end up in a browser.
function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
