/** Who makes a request. */
export interface User {
  readonly name: string;
  readonly groups: readonly string[];
}

/** Members of this group may do everything, whatever the bindings say. */
export const MASTERS = 'system:masters';

/** The holder of the server's own token. */
export const ADMIN: User = { name: 'kubernetes-admin', groups: [MASTERS, 'system:authenticated'] };

/** Who sends no token; reaches only what is open to everyone. */
export const ANONYMOUS: User = { name: 'system:anonymous', groups: ['system:unauthenticated'] };

const SERVICE_ACCOUNT_PREFIX = 'system:serviceaccount:';
const SERVICE_ACCOUNT = /^system:serviceaccount:([^:]+):([^:]+)$/;

/** A ServiceAccount as a subject of bindings names it. */
export interface ServiceAccountName {
  readonly namespace: string;
  readonly name: string;
}

/** Who somebody of this name is: with the groups that every server adds. */
export function userNamed(name: string, groups: readonly string[] = []): User {
  const account = serviceAccountOf(name);
  const everyone = name === ANONYMOUS.name ? ANONYMOUS.groups : ['system:authenticated'];
  const own = account ? ['system:serviceaccounts', `system:serviceaccounts:${account.namespace}`] : [];
  return { name, groups: [...new Set([...groups, ...own, ...everyone])] };
}

/** The user name of a ServiceAccount. */
export function serviceAccountUser({ namespace, name }: ServiceAccountName): string {
  return `${SERVICE_ACCOUNT_PREFIX}${namespace}:${name}`;
}

/** Takes the user name of a ServiceAccount apart; `undefined` for any other name. */
export function serviceAccountOf(userName: string): ServiceAccountName | undefined {
  const [, namespace, name] = SERVICE_ACCOUNT.exec(userName) ?? [];
  return namespace !== undefined && name !== undefined ? { namespace, name } : undefined;
}
