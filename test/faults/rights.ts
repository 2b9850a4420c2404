import { type Client, type KubeObject, resourceType } from '@tinysystems/kubernetes';

/** What a role allows. */
export interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

interface Role extends KubeObject {
  readonly rules: readonly Rule[];
}

interface Binding extends KubeObject {
  readonly roleRef: object;
  readonly subjects: readonly object[];
}

const GROUP = 'rbac.authorization.k8s.io';
const NAME = 'fault-replicas';
const ROLE = resourceType<Role>({
  group: GROUP,
  version: 'v1',
  kind: 'ClusterRole',
  plural: 'clusterroles',
  namespaced: false,
});
const BINDING = resourceType<Binding>({
  group: GROUP,
  version: 'v1',
  kind: 'ClusterRoleBinding',
  plural: 'clusterrolebindings',
  namespaced: false,
});

/** Lets every user do what `rules` say, and nothing else. */
export async function grant(client: Client, rules: readonly Rule[]): Promise<void> {
  const options = { fieldManager: 'faults', force: true };
  await client.resource(ROLE).apply({ metadata: { name: NAME }, rules }, options);
  const binding: Binding = {
    metadata: { name: NAME },
    roleRef: { apiGroup: GROUP, kind: 'ClusterRole', name: NAME },
    subjects: [{ apiGroup: GROUP, kind: 'Group', name: 'system:authenticated' }],
  };
  await client.resource(BINDING).apply(binding, options);
}
