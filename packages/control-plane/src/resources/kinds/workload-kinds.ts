import type { KubeObject } from '../../kube-object.ts';
import { builtin } from '../builtin.ts';
import { BUILTIN_SCHEMAS } from '../builtin-schemas.ts';
import { column, countAt, numberAt, textAt } from '../columns.ts';
import type { ResourceDefinition } from '../definition.ts';

const ALL = { categories: ['all'] };
const APPS = { group: 'apps', version: 'v1', hasStatus: true, ...ALL };
/** What the types of a pod template always have. */
const TEMPLATE = { metadata: {}, spec: { containers: [] } };
const BATCH = { group: 'batch', version: 'v1', hasStatus: true, ...ALL };

/** What would run pods, if anything here did. */
export const WORKLOAD_KINDS: readonly ResourceDefinition[] = [
  builtin({
    ...APPS,
    kind: 'Deployment',
    zero: { spec: { strategy: {}, template: TEMPLATE } },
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
    ...APPS,
    kind: 'ReplicaSet',
    zero: { spec: { template: TEMPLATE } },
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
    ...APPS,
    kind: 'StatefulSet',
    zero: { spec: { updateStrategy: {}, template: TEMPLATE } },
    hasScale: true,
    schema: BUILTIN_SCHEMAS.statefulSet,
    plural: 'statefulsets',
    shortNames: ['sts'],
    columns: [column('Ready', readyReplicas)],
  }),
  builtin({
    ...APPS,
    kind: 'DaemonSet',
    zero: { spec: { updateStrategy: {}, template: TEMPLATE } },
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
    ...BATCH,
    kind: 'Job',
    zero: { spec: { template: TEMPLATE } },
    schema: BUILTIN_SCHEMAS.job,
    plural: 'jobs',
    columns: [
      column('Completions', (object) => {
        return `${numberAt(object, 'status', 'succeeded')}/${textAt(object, ['spec', 'completions'], '1')}`;
      }),
    ],
  }),
  builtin({
    ...BATCH,
    kind: 'CronJob',
    zero: { spec: { jobTemplate: { metadata: {}, spec: { template: TEMPLATE } } } },
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
    zero: { spec: { scaleTargetRef: {} } },
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

function readyReplicas(object: KubeObject): string {
  return `${numberAt(object, 'status', 'readyReplicas')}/${textAt(object, ['spec', 'replicas'], '1')}`;
}
