import { builtin } from '../builtin.ts';
import { checkLease } from '../builtin-rules.ts';
import { BUILTIN_SCHEMAS } from '../builtin-schemas.ts';
import type { ResourceDefinition } from '../definition.ts';

const RBAC_GROUP = 'rbac.authorization.k8s.io';
const RBAC = { group: RBAC_GROUP, version: 'v1' };
const NETWORKING = { group: 'networking.k8s.io', version: 'v1' };

/** Leases, access, networks and budgets. */
export const POLICY_KINDS: readonly ResourceDefinition[] = [
  builtin({
    group: 'coordination.k8s.io',
    version: 'v1',
    kind: 'Lease',
    schema: BUILTIN_SCHEMAS.lease,
    plural: 'leases',
    check: checkLease,
  }),
  builtin({ ...RBAC, kind: 'Role', schema: BUILTIN_SCHEMAS.role, plural: 'roles' }),
  builtin({
    ...RBAC,
    kind: 'ClusterRole',
    schema: BUILTIN_SCHEMAS.clusterRole,
    plural: 'clusterroles',
    isNamespaced: false,
  }),
  builtin({
    ...RBAC,
    kind: 'RoleBinding',
    schema: BUILTIN_SCHEMAS.roleBinding,
    plural: 'rolebindings',
  }),
  builtin({
    ...RBAC,
    kind: 'ClusterRoleBinding',
    schema: BUILTIN_SCHEMAS.roleBinding,
    plural: 'clusterrolebindings',
    isNamespaced: false,
  }),
  builtin({
    ...NETWORKING,
    kind: 'Ingress',
    schema: BUILTIN_SCHEMAS.ingress,
    plural: 'ingresses',
    shortNames: ['ing'],
    hasStatus: true,
  }),
  builtin({
    ...NETWORKING,
    kind: 'NetworkPolicy',
    schema: BUILTIN_SCHEMAS.networkPolicy,
    plural: 'networkpolicies',
    shortNames: ['netpol'],
  }),
  builtin({
    group: 'policy',
    version: 'v1',
    kind: 'PodDisruptionBudget',
    schema: BUILTIN_SCHEMAS.podDisruptionBudget,
    plural: 'poddisruptionbudgets',
    shortNames: ['pdb'],
    hasStatus: true,
  }),
  builtin({
    group: 'discovery.k8s.io',
    version: 'v1',
    kind: 'EndpointSlice',
    schema: BUILTIN_SCHEMAS.endpointSlice,
    plural: 'endpointslices',
  }),
];
