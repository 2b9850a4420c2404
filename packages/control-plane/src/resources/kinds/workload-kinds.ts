import { builtin } from '../builtin.ts';
import { BUILTIN_SCHEMAS } from '../builtin-schemas.ts';
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
  }),
  builtin({
    ...APPS,
    kind: 'ReplicaSet',
    zero: { spec: { template: TEMPLATE } },
    hasScale: true,
    schema: BUILTIN_SCHEMAS.replicaSet,
    plural: 'replicasets',
    shortNames: ['rs'],
  }),
  builtin({
    ...APPS,
    kind: 'StatefulSet',
    zero: { spec: { updateStrategy: {}, template: TEMPLATE } },
    hasScale: true,
    schema: BUILTIN_SCHEMAS.statefulSet,
    plural: 'statefulsets',
    shortNames: ['sts'],
  }),
  builtin({
    ...APPS,
    kind: 'DaemonSet',
    zero: { spec: { updateStrategy: {}, template: TEMPLATE } },
    schema: BUILTIN_SCHEMAS.daemonSet,
    plural: 'daemonsets',
    shortNames: ['ds'],
  }),
  builtin({
    ...BATCH,
    kind: 'Job',
    zero: { spec: { template: TEMPLATE } },
    schema: BUILTIN_SCHEMAS.job,
    plural: 'jobs',
  }),
  builtin({
    ...BATCH,
    kind: 'CronJob',
    zero: { spec: { jobTemplate: { metadata: {}, spec: { template: TEMPLATE } } } },
    schema: BUILTIN_SCHEMAS.cronJob,
    plural: 'cronjobs',
    shortNames: ['cj'],
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
  }),
];
