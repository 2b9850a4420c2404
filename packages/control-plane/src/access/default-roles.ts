import type { JsonObject } from '../json.ts';

const RBAC = 'rbac.authorization.k8s.io';
const API_VERSION = `${RBAC}/v1`;
const DISCOVERY = ['/api', '/api/*', '/apis', '/apis/*', '/openapi', '/openapi/*'];
const HEALTH = ['/healthz', '/livez', '/readyz', '/version', '/version/'];

/** The roles that every cluster has: the administrator's, and what everyone with a token needs to look around. */
export const DEFAULT_ROLES: readonly JsonObject[] = [
  ...role('cluster-admin', 'system:masters', [
    { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
    { verbs: ['*'], nonResourceURLs: ['*'] },
  ]),
  ...role('system:discovery', 'system:authenticated', [
    { verbs: ['get'], nonResourceURLs: [...DISCOVERY, ...HEALTH] },
  ]),
  ...role('system:basic-user', 'system:authenticated', [
    {
      verbs: ['create'],
      apiGroups: ['authorization.k8s.io'],
      resources: ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'],
    },
    { verbs: ['create'], apiGroups: ['authentication.k8s.io'], resources: ['selfsubjectreviews'] },
  ]),
];

function role(name: string, group: string, rules: readonly JsonObject[]): readonly JsonObject[] {
  const metadata = {
    name,
    labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' },
    annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'true' },
  };
  return [
    { apiVersion: API_VERSION, kind: 'ClusterRole', metadata, rules },
    {
      apiVersion: API_VERSION,
      kind: 'ClusterRoleBinding',
      metadata,
      roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name },
      subjects: [{ apiGroup: RBAC, kind: 'Group', name: group }],
    },
  ];
}
