import type { JsonObject } from '../json.ts';
import { keyOf, objectsAt, stringAt, type KubeObject } from '../kube-object.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { parsePolicyRule, type PolicyRule } from './policy-rule.ts';
import { serviceAccountUser, type User } from './user.ts';

/** What one binding gives to one subject. */
export interface Grant {
  /** Where it holds; `undefined` everywhere. */
  readonly namespace: string | undefined;
  readonly rules: readonly PolicyRule[];
  /** Which binding of which role to whom, for people. */
  readonly source: string;
  /** Why it gives nothing, when its role is not there. */
  readonly problem?: string;
}

const GROUP = 'rbac.authorization.k8s.io';
const ROLES = `roles.${GROUP}`;
const CLUSTER_ROLES = `clusterroles.${GROUP}`;
const ROLE_BINDINGS = `rolebindings.${GROUP}`;
const CLUSTER_ROLE_BINDINGS = `clusterrolebindings.${GROUP}`;
const WATCHED: readonly string[] = [ROLES, CLUSTER_ROLES, ROLE_BINDINGS, CLUSTER_ROLE_BINDINGS];

/** The stored bindings by subject. Made anew by the first question after a role or a binding has changed. */
export class Grants {
  readonly #store: ObjectStore;
  #bySubject: ReadonlyMap<string, readonly Grant[]> | undefined;

  constructor(store: ObjectStore) {
    this.#store = store;
    store.subscribe(({ resource }) => {
      if (WATCHED.includes(resource)) this.#bySubject = undefined;
    });
  }

  /** What `user` has in `namespace`, or at the scope of the cluster: what holds everywhere comes first. */
  of(user: User, namespace: string | undefined): readonly Grant[] {
    const bySubject = (this.#bySubject ??= this.#read());
    const subjects = [`User ${user.name}`, ...user.groups.map((group) => `Group ${group}`)];
    const grants = subjects.flatMap((subject) => bySubject.get(subject) ?? []);
    const everywhere = grants.filter((grant) => grant.namespace === undefined);
    if (namespace === undefined) return everywhere;
    return [...everywhere, ...grants.filter((grant) => grant.namespace === namespace)];
  }

  #read(): ReadonlyMap<string, readonly Grant[]> {
    const bySubject = new Map<string, Grant[]>();
    for (const resource of [CLUSTER_ROLE_BINDINGS, ROLE_BINDINGS]) {
      for (const [, binding] of this.#store.list(resource) ?? []) this.#add(binding, bySubject);
    }
    return bySubject;
  }

  #add(binding: KubeObject, bySubject: Map<string, Grant[]>): void {
    const { namespace } = binding.metadata;
    const role = this.#role(binding);
    for (const subject of objectsAt(binding, 'subjects')) {
      const key = subjectKey(subject, namespace);
      if (key === undefined) continue;
      const grants = bySubject.get(key) ?? [];
      bySubject.set(key, grants);
      grants.push({ namespace, ...role, source: sourceOf(binding, subject) });
    }
  }

  #role(binding: KubeObject): Pick<Grant, 'rules' | 'problem'> {
    const { namespace } = binding.metadata;
    const kind = stringAt(binding, 'roleRef', 'kind');
    const name = stringAt(binding, 'roleRef', 'name') ?? '';
    const isOwn = kind === 'Role' && namespace !== undefined;
    if (!isOwn && kind !== 'ClusterRole')
      return { rules: [], problem: `unsupported role reference kind: ${JSON.stringify(kind ?? '')}` };
    const role = isOwn
      ? this.#store.get(ROLES, keyOf(namespace, name))
      : this.#store.get(CLUSTER_ROLES, name);
    if (role) return { rules: objectsAt(role, 'rules').map(parsePolicyRule) };
    return { rules: [], problem: `${kind.toLowerCase()}.${GROUP} ${JSON.stringify(name)} not found` };
  }
}

function subjectKey(subject: JsonObject, bindingNamespace: string | undefined): string | undefined {
  const kind = stringAt(subject, 'kind');
  const name = stringAt(subject, 'name') ?? '';
  if (kind === 'User' || kind === 'Group') return `${kind} ${name}`;
  const namespace = accountNamespace(subject, bindingNamespace);
  if (kind !== 'ServiceAccount' || namespace === undefined) return undefined;
  return `User ${serviceAccountUser({ namespace, name })}`;
}

function accountNamespace(subject: JsonObject, bindingNamespace: string | undefined): string | undefined {
  return stringAt(subject, 'namespace') || bindingNamespace;
}

function sourceOf(binding: KubeObject, subject: JsonObject): string {
  const { name = '', namespace } = binding.metadata;
  const quoted = (value: string | undefined): string => JSON.stringify(value ?? '');
  const kind = namespace === undefined ? 'ClusterRoleBinding' : 'RoleBinding';
  const bound = namespace === undefined ? name : `${name}/${namespace}`;
  const role = `${stringAt(binding, 'roleRef', 'kind')} ${quoted(stringAt(binding, 'roleRef', 'name'))}`;
  const subjectKind = stringAt(subject, 'kind') ?? '';
  const isAccount = subjectKind === 'ServiceAccount';
  const suffix = isAccount ? `/${accountNamespace(subject, namespace) ?? ''}` : '';
  const whom = `${subjectKind} ${quoted(`${stringAt(subject, 'name') ?? ''}${suffix}`)}`;
  return `${kind} ${quoted(bound)} of ${role} to ${whom}`;
}
