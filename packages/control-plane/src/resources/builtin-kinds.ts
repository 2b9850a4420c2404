import type { JsonValue } from '../json.ts';
import type { Schema } from '../schema/schema.ts';
import { objectsAt, stringAt, stringsAt, type KubeObject } from '../kube-object.ts';
import { age, column, countAt, NAME_COLUMN, numberAt, textAt } from './columns.ts';
import { builtin } from './builtin.ts';
import { BUILTIN_SCHEMAS } from './builtin-schemas.ts';
import {
  checkConfigMap,
  checkLease,
  encodeStringData,
  prepareNamespace,
  prepareService,
} from './builtin-rules.ts';
import type { ResourceDefinition, SelectableField, StoredForm } from './definition.ts';

const ALL = { categories: ['all'] };
const RBAC = 'rbac.authorization.k8s.io';

/** The kinds that kubectl, Helm and operators touch; the server keeps them and nothing acts on them. */
export const BUILTIN_KINDS: readonly ResourceDefinition[] = [
  ...coreKinds(),
  ...workloadKinds(),
  ...policyKinds(),
];

function coreKinds(): readonly ResourceDefinition[] {
  const core = { group: '', version: 'v1' };
  return [
    builtin({
      ...core,
      kind: 'Namespace',
      schema: BUILTIN_SCHEMAS.namespace,
      plural: 'namespaces',
      shortNames: ['ns'],
      isNamespaced: false,
      hasStatus: true,
      columns: [column('Status', (object) => textAt(object, ['status', 'phase']))],
      prepare: prepareNamespace,
    }),
    builtin({
      ...core,
      kind: 'ConfigMap',
      schema: BUILTIN_SCHEMAS.configMap,
      plural: 'configmaps',
      shortNames: ['cm'],
      columns: [column('Data', (object) => countAt(object, ['data'], ['binaryData']))],
      check: checkConfigMap,
    }),
    builtin({
      ...core,
      kind: 'Secret',
      schema: BUILTIN_SCHEMAS.secret,
      plural: 'secrets',
      columns: [
        column('Type', (object) => textAt(object, ['type'])),
        column('Data', (object) => countAt(object, ['data'])),
      ],
      selectableFields: fields('type'),
      prepare: encodeStringData,
      check: checkConfigMap,
    }),
    builtin({
      ...core,
      ...ALL,
      kind: 'Service',
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
      prepare: prepareService,
    }),
    builtin({
      ...core,
      kind: 'ServiceAccount',
      schema: BUILTIN_SCHEMAS.serviceAccount,
      plural: 'serviceaccounts',
      shortNames: ['sa'],
      columns: [column('Secrets', (object) => countAt(object, ['secrets']))],
    }),
    eventKind({ ...core, subject: 'involvedObject', schema: BUILTIN_SCHEMAS.event }),
    eventKind({
      group: 'events.k8s.io',
      version: 'v1',
      subject: 'regarding',
      schema: BUILTIN_SCHEMAS.newEvent,
      storedForm: {
        apiVersion: 'v1',
        memberNames: {
          regarding: 'involvedObject',
          note: 'message',
          reportingController: 'reportingComponent',
          deprecatedSource: 'source',
          deprecatedCount: 'count',
          deprecatedFirstTimestamp: 'firstTimestamp',
          deprecatedLastTimestamp: 'lastTimestamp',
        },
      },
    }),
    builtin({
      ...core,
      ...ALL,
      kind: 'Pod',
      schema: BUILTIN_SCHEMAS.pod,
      plural: 'pods',
      shortNames: ['po'],
      hasStatus: true,
      columns: [
        column('Ready', podReady),
        column('Status', (object) => textAt(object, ['status', 'phase'], 'Pending')),
        column('Restarts', podRestarts, { type: 'integer' }),
      ],
      selectableFields: fields('spec.nodeName', 'status.phase', 'spec.serviceAccountName', 'status.podIP'),
    }),
    builtin({
      ...core,
      kind: 'PersistentVolumeClaim',
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
}

function workloadKinds(): readonly ResourceDefinition[] {
  const apps = { group: 'apps', version: 'v1', hasStatus: true, ...ALL };
  const batch = { group: 'batch', version: 'v1', hasStatus: true, ...ALL };
  return [
    builtin({
      ...apps,
      kind: 'Deployment',
      hasScale: true,
      schema: BUILTIN_SCHEMAS.deployment,
      plural: 'deployments',
      shortNames: ['deploy'],
      columns: [
        column('Ready', readyReplicas),
        column('Up-to-date', (object) => numberAt(object, 'status', 'updatedReplicas'), { type: 'integer' }),
        column('Available', (object) => numberAt(object, 'status', 'availableReplicas'), { type: 'integer' }),
      ],
    }),
    builtin({
      ...apps,
      kind: 'ReplicaSet',
      hasScale: true,
      schema: BUILTIN_SCHEMAS.replicaSet,
      plural: 'replicasets',
      shortNames: ['rs'],
      columns: [
        column('Desired', (object) => numberAt(object, 'spec', 'replicas'), { type: 'integer' }),
        column('Current', (object) => numberAt(object, 'status', 'replicas'), { type: 'integer' }),
        column('Ready', (object) => numberAt(object, 'status', 'readyReplicas'), { type: 'integer' }),
      ],
    }),
    builtin({
      ...apps,
      kind: 'StatefulSet',
      hasScale: true,
      schema: BUILTIN_SCHEMAS.statefulSet,
      plural: 'statefulsets',
      shortNames: ['sts'],
      columns: [column('Ready', readyReplicas)],
    }),
    builtin({
      ...apps,
      kind: 'DaemonSet',
      schema: BUILTIN_SCHEMAS.daemonSet,
      plural: 'daemonsets',
      shortNames: ['ds'],
      columns: [
        column('Desired', (object) => numberAt(object, 'status', 'desiredNumberScheduled'), {
          type: 'integer',
        }),
        column('Ready', (object) => numberAt(object, 'status', 'numberReady'), { type: 'integer' }),
      ],
    }),
    builtin({
      ...batch,
      kind: 'Job',
      schema: BUILTIN_SCHEMAS.job,
      plural: 'jobs',
      columns: [
        column('Completions', (object) => {
          return `${numberAt(object, 'status', 'succeeded')}/${textAt(object, ['spec', 'completions'], '1')}`;
        }),
      ],
    }),
    builtin({
      ...batch,
      kind: 'CronJob',
      schema: BUILTIN_SCHEMAS.cronJob,
      plural: 'cronjobs',
      shortNames: ['cj'],
      columns: [
        column('Schedule', (object) => textAt(object, ['spec', 'schedule'])),
        column('Active', (object) => countAt(object, ['status', 'active']), { type: 'integer' }),
      ],
    }),
    builtin({
      group: 'autoscaling',
      version: 'v2',
      hasStatus: true,
      ...ALL,
      kind: 'HorizontalPodAutoscaler',
      schema: BUILTIN_SCHEMAS.horizontalPodAutoscaler,
      plural: 'horizontalpodautoscalers',
      shortNames: ['hpa'],
      columns: [
        column('Reference', (object) => {
          return `${textAt(object, ['spec', 'scaleTargetRef', 'kind'])}/${textAt(object, ['spec', 'scaleTargetRef', 'name'])}`;
        }),
        column('MinPods', (object) => textAt(object, ['spec', 'minReplicas'], '<unset>')),
        column('MaxPods', (object) => numberAt(object, 'spec', 'maxReplicas'), { type: 'integer' }),
        column('Replicas', (object) => numberAt(object, 'status', 'currentReplicas'), { type: 'integer' }),
      ],
    }),
  ];
}

function policyKinds(): readonly ResourceDefinition[] {
  const rbac = { group: RBAC, version: 'v1', columns: [] };
  const roleColumn = column('Role', (object) => {
    return `${textAt(object, ['roleRef', 'kind'])}/${textAt(object, ['roleRef', 'name'])}`;
  });
  const networking = { group: 'networking.k8s.io', version: 'v1' };
  return [
    builtin({
      group: 'coordination.k8s.io',
      version: 'v1',
      kind: 'Lease',
      schema: BUILTIN_SCHEMAS.lease,
      plural: 'leases',
      columns: [column('Holder', (object) => textAt(object, ['spec', 'holderIdentity']))],
      check: checkLease,
    }),
    builtin({ ...rbac, kind: 'Role', schema: BUILTIN_SCHEMAS.role, plural: 'roles' }),
    builtin({
      ...rbac,
      kind: 'ClusterRole',
      schema: BUILTIN_SCHEMAS.clusterRole,
      plural: 'clusterroles',
      isNamespaced: false,
    }),
    builtin({
      ...rbac,
      kind: 'RoleBinding',
      schema: BUILTIN_SCHEMAS.roleBinding,
      plural: 'rolebindings',
      columns: [roleColumn],
    }),
    builtin({
      ...rbac,
      kind: 'ClusterRoleBinding',
      schema: BUILTIN_SCHEMAS.roleBinding,
      plural: 'clusterrolebindings',
      isNamespaced: false,
      columns: [roleColumn],
    }),
    builtin({
      ...networking,
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
      ...networking,
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
}

interface EventKindOptions {
  readonly group: string;
  readonly version: string;
  /** The member that says what the event is about. */
  readonly subject: string;
  readonly schema: Schema;
  readonly storedForm?: StoredForm;
}

// Both kinds of Event are one set of objects, kept in the older form; columns and selectors read that.
function eventKind({ group, version, subject, schema, storedForm }: EventKindOptions): ResourceDefinition {
  const members = ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'];
  const subjectFields = members.map((member) => ({
    path: `${subject}.${member}`,
    read: (object: KubeObject) => textAt(object, ['involvedObject', member]),
  }));
  return builtin({
    group,
    version,
    kind: 'Event',
    schema,
    plural: 'events',
    shortNames: ['ev'],
    storedAs: 'events',
    ...(storedForm && { storedForm }),
    allColumns: [
      { ...column('Last Seen', () => ''), cell: lastSeen },
      column('Type', (object) => textAt(object, ['type'])),
      column('Reason', (object) => textAt(object, ['reason'])),
      column('Object', (object) => {
        const kind = textAt(object, ['involvedObject', 'kind']).toLowerCase();
        return `${kind}/${textAt(object, ['involvedObject', 'name'])}`;
      }),
      column('Message', (object) => textAt(object, ['message'])),
      { ...NAME_COLUMN, priority: 1 },
    ],
    selectableFields: [...subjectFields, ...fields('reason', 'type', 'reportingComponent')],
  });
}

function fields(...paths: readonly string[]): readonly SelectableField[] {
  return paths.map((path) => ({ path, read: (object) => textAt(object, path.split('.')) }));
}

function lastSeen(object: KubeObject, nowMs: number): JsonValue {
  const time =
    stringAt(object, 'series', 'lastObservedTime') ??
    stringAt(object, 'lastTimestamp') ??
    stringAt(object, 'eventTime') ??
    object.metadata.creationTimestamp;
  return age(time, nowMs);
}

function servicePorts(object: KubeObject): string {
  const ports = objectsAt(object, 'spec', 'ports').map(
    (port) => `${Number(port['port'])}/${stringAt(port, 'protocol') ?? 'TCP'}`,
  );
  return ports.join(',') || '<none>';
}

function readyReplicas(object: KubeObject): string {
  return `${numberAt(object, 'status', 'readyReplicas')}/${textAt(object, ['spec', 'replicas'], '1')}`;
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
