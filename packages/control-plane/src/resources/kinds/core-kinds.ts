import { objectsAt, stringAt, stringsAt, type KubeObject } from '../../kube-object.ts';
import { builtin, selectableFields } from '../builtin.ts';
import {
  checkConfigMap,
  encodeStringData,
  labelNamespace,
  prepareNamespace,
  prepareService,
} from '../builtin-rules.ts';
import { BUILTIN_SCHEMAS } from '../builtin-schemas.ts';
import { column, countAt, textAt } from '../columns.ts';
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
    columns: [column('Status', (object) => textAt(object, ['status', 'phase']))],
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
    columns: [column('Data', (object) => countAt(object, ['data'], ['binaryData']))],
    check: checkConfigMap,
  }),
  builtin({
    ...CORE,
    kind: 'Secret',
    schema: BUILTIN_SCHEMAS.secret,
    plural: 'secrets',
    columns: [
      column('Type', (object) => textAt(object, ['type'])),
      column('Data', (object) => countAt(object, ['data'])),
    ],
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
    columns: [
      column('Type', (object) => textAt(object, ['spec', 'type'], 'ClusterIP')),
      column('Cluster-IP', (object) => textAt(object, ['spec', 'clusterIP'], 'None')),
      column('External-IP', (object) => stringsAt(object, 'spec', 'externalIPs').join(',') || '<none>'),
      column('Port(s)', servicePorts),
    ],
    fillIn: prepareService,
  }),
  builtin({
    ...CORE,
    kind: 'ServiceAccount',
    schema: BUILTIN_SCHEMAS.serviceAccount,
    plural: 'serviceaccounts',
    shortNames: ['sa'],
    columns: [column('Secrets', (object) => countAt(object, ['secrets']))],
  }),
  builtin({
    ...CORE,
    ...ALL,
    kind: 'Pod',
    zero: { spec: { containers: [] } },
    schema: BUILTIN_SCHEMAS.pod,
    plural: 'pods',
    shortNames: ['po'],
    hasStatus: true,
    columns: [
      column('Ready', podReady),
      column('Status', (object) => textAt(object, ['status', 'phase'], 'Pending')),
      column('Restarts', podRestarts, { type: 'integer' }),
    ],
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
    columns: [
      column('Status', (object) => textAt(object, ['status', 'phase'], 'Pending')),
      column('Volume', (object) => textAt(object, ['spec', 'volumeName'])),
      column('StorageClass', (object) => textAt(object, ['spec', 'storageClassName'])),
    ],
  }),
];

function servicePorts(object: KubeObject): string {
  const ports = objectsAt(object, 'spec', 'ports').map(
    (port) => `${Number(port['port'])}/${stringAt(port, 'protocol') ?? 'TCP'}`,
  );
  return ports.join(',') || '<none>';
}

function podReady(object: KubeObject): string {
  const ready = objectsAt(object, 'status', 'containerStatuses').filter((status) => status['ready'] === true);
  return `${ready.length}/${countAt(object, ['spec', 'containers'])}`;
}

function podRestarts(object: KubeObject): number {
  return objectsAt(object, 'status', 'containerStatuses').reduce(
    (sum, status) => sum + Number(status['restartCount'] ?? 0),
    0,
  );
}
