import { builtin, selectableFields } from '../builtin.ts';
import {
  checkConfigMap,
  encodeStringData,
  labelNamespace,
  prepareNamespace,
  prepareService,
} from '../builtin-rules.ts';
import { BUILTIN_SCHEMAS } from '../builtin-schemas.ts';
import type { ResourceDefinition } from '../definition.ts';

const ALL = { categories: ['all'] };
const CORE = { group: '', version: 'v1' };

/** The core group without events. */
export const CORE_KINDS: readonly ResourceDefinition[] = [
  builtin({
    ...CORE,
    kind: 'Namespace',
    schema: BUILTIN_SCHEMAS.namespace,
    plural: 'namespaces',
    shortNames: ['ns'],
    isNamespaced: false,
    hasStatus: true,
    subresources: [{ name: 'finalize', verbs: ['update'] }],
    fillIn: labelNamespace,
    prepare: prepareNamespace,
    beginDeletion: (object) => ({ ...object, status: { phase: 'Terminating' } }),
  }),
  builtin({
    ...CORE,
    kind: 'ConfigMap',
    schema: BUILTIN_SCHEMAS.configMap,
    plural: 'configmaps',
    shortNames: ['cm'],
    check: checkConfigMap,
  }),
  builtin({
    ...CORE,
    kind: 'Secret',
    schema: BUILTIN_SCHEMAS.secret,
    plural: 'secrets',
    selectableFields: selectableFields('type'),
    fillIn: encodeStringData,
    check: checkConfigMap,
  }),
  builtin({
    ...CORE,
    ...ALL,
    kind: 'Service',
    zero: { status: { loadBalancer: {} } },
    schema: BUILTIN_SCHEMAS.service,
    plural: 'services',
    shortNames: ['svc'],
    hasStatus: true,
    fillIn: prepareService,
  }),
  builtin({
    ...CORE,
    kind: 'ServiceAccount',
    schema: BUILTIN_SCHEMAS.serviceAccount,
    plural: 'serviceaccounts',
    subresources: [
      {
        name: 'token',
        verbs: ['create'],
        kind: { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest' },
      },
    ],
    shortNames: ['sa'],
  }),
  builtin({
    ...CORE,
    ...ALL,
    kind: 'Pod',
    zero: { spec: { containers: [] } },
    schema: BUILTIN_SCHEMAS.pod,
    plural: 'pods',
    subresources: [{ name: 'log', verbs: ['get'] }],
    shortNames: ['po'],
    hasStatus: true,
    selectableFields: selectableFields(
      'spec.nodeName',
      'status.phase',
      'spec.serviceAccountName',
      'status.podIP',
    ),
  }),
  builtin({
    ...CORE,
    kind: 'PersistentVolumeClaim',
    zero: { spec: { resources: {} } },
    schema: BUILTIN_SCHEMAS.persistentVolumeClaim,
    plural: 'persistentvolumeclaims',
    shortNames: ['pvc'],
    hasStatus: true,
  }),
];
