import { objectsAt, stringAt, stringsAt } from '../../kube-object.ts';
import { builtin } from '../builtin.ts';
import { checkLease } from '../builtin-rules.ts';
import { BUILTIN_SCHEMAS } from '../builtin-schemas.ts';
import { column, textAt } from '../columns.ts';
import type { ResourceDefinition } from '../definition.ts';

const RBAC_GROUP = 'rbac.authorization.k8s.io';
const RBAC = { group: RBAC_GROUP, version: 'v1', columns: [] };
const ROLE_COLUMN = column('Role', (object) => {
  return `${textAt(object, ['roleRef', 'kind'])}/${textAt(object, ['roleRef', 'name'])}`;
});
const NETWORKING = { group: 'networking.k8s.io', version: 'v1' };

/** Leases, access, networks and budgets. */
export const POLICY_KINDS: readonly ResourceDefinition[] = [
  builtin({
    group: 'coordination.k8s.io',
    version: 'v1',
    kind: 'Lease',
    schema: BUILTIN_SCHEMAS.lease,
    plural: 'leases',
    columns: [column('Holder', (object) => textAt(object, ['spec', 'holderIdentity']))],
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
    columns: [ROLE_COLUMN],
  }),
  builtin({
    ...RBAC,
    kind: 'ClusterRoleBinding',
    schema: BUILTIN_SCHEMAS.roleBinding,
    plural: 'clusterrolebindings',
    isNamespaced: false,
    columns: [ROLE_COLUMN],
  }),
  builtin({
    ...NETWORKING,
    kind: 'Ingress',
    schema: BUILTIN_SCHEMAS.ingress,
    plural: 'ingresses',
    shortNames: ['ing'],
    hasStatus: true,
    columns: [
      column('Class', (object) => textAt(object, ['spec', 'ingressClassName'], '<none>')),
      column('Hosts', (object) => {
        return (
          objectsAt(object, 'spec', 'rules')
            .map((rule) => stringAt(rule, 'host') ?? '*')
            .join(',') || '*'
        );
      }),
    ],
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
    columns: [
      column('Min Available', (object) => textAt(object, ['spec', 'minAvailable'], 'N/A')),
      column('Max Unavailable', (object) => textAt(object, ['spec', 'maxUnavailable'], 'N/A')),
    ],
  }),
  builtin({
    group: 'discovery.k8s.io',
    version: 'v1',
    kind: 'EndpointSlice',
    schema: BUILTIN_SCHEMAS.endpointSlice,
    plural: 'endpointslices',
    columns: [
      column('AddressType', (object) => textAt(object, ['addressType'])),
      column('Endpoints', (object) => {
        return (
          objectsAt(object, 'endpoints')
            .flatMap((endpoint) => stringsAt(endpoint, 'addresses'))
            .join(',') || '<unset>'
        );
      }),
    ],
  }),
];
