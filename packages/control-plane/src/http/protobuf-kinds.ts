/** The type of a field; messages are given lazily, so that they may contain each other. */
export type FieldType =
  | 'string'
  | 'bytes'
  | 'int'
  | 'bool'
  | 'time'
  | 'intOrString'
  | { readonly list: FieldType }
  | { readonly map: FieldType }
  | { readonly message: () => MessageType };

/** The fields of a message by number. */
export type MessageType = Readonly<Record<number, readonly [name: string, type: FieldType]>>;

const message = (type: MessageType): FieldType => ({ message: () => type });
const listOf = (type: FieldType): FieldType => ({ list: type });
const TEXTS = listOf('string');
const TEXT_MAP: FieldType = { map: 'string' };

const OWNER_REFERENCE: MessageType = {
  1: ['kind', 'string'],
  3: ['name', 'string'],
  4: ['uid', 'string'],
  5: ['apiVersion', 'string'],
  6: ['controller', 'bool'],
  7: ['blockOwnerDeletion', 'bool'],
};

const OBJECT_META: MessageType = {
  1: ['name', 'string'],
  2: ['generateName', 'string'],
  3: ['namespace', 'string'],
  5: ['uid', 'string'],
  6: ['resourceVersion', 'string'],
  8: ['creationTimestamp', 'time'],
  11: ['labels', TEXT_MAP],
  12: ['annotations', TEXT_MAP],
  13: ['ownerReferences', listOf(message(OWNER_REFERENCE))],
  14: ['finalizers', TEXTS],
};

const METADATA = ['metadata', message(OBJECT_META)] as const;
const LOCAL_REFERENCE = message({ 1: ['name', 'string'] });
const POLICY_RULE = message({
  1: ['verbs', TEXTS],
  2: ['apiGroups', TEXTS],
  3: ['resources', TEXTS],
  4: ['resourceNames', TEXTS],
  5: ['nonResourceURLs', TEXTS],
});
const SUBJECT = message({
  1: ['kind', 'string'],
  2: ['apiGroup', 'string'],
  3: ['name', 'string'],
  4: ['namespace', 'string'],
});
const ROLE_REFERENCE = message({ 1: ['apiGroup', 'string'], 2: ['kind', 'string'], 3: ['name', 'string'] });
const ROLE: MessageType = { 1: METADATA, 2: ['rules', listOf(POLICY_RULE)] };
const ROLE_BINDING: MessageType = {
  1: METADATA,
  2: ['subjects', listOf(SUBJECT)],
  3: ['roleRef', ROLE_REFERENCE],
};

const RESOURCE_ATTRIBUTES = message({
  1: ['namespace', 'string'],
  2: ['verb', 'string'],
  3: ['group', 'string'],
  4: ['version', 'string'],
  5: ['resource', 'string'],
  6: ['subresource', 'string'],
  7: ['name', 'string'],
});
const NON_RESOURCE_ATTRIBUTES = message({ 1: ['path', 'string'], 2: ['verb', 'string'] });

const CONTAINER_PORT = message({
  1: ['name', 'string'],
  2: ['hostPort', 'int'],
  3: ['containerPort', 'int'],
  4: ['protocol', 'string'],
});
const CONTAINER = message({
  1: ['name', 'string'],
  2: ['image', 'string'],
  3: ['command', TEXTS],
  4: ['args', TEXTS],
  5: ['workingDir', 'string'],
  6: ['ports', listOf(CONTAINER_PORT)],
  7: ['env', listOf(message({ 1: ['name', 'string'], 2: ['value', 'string'] }))],
  14: ['imagePullPolicy', 'string'],
});
const POD_SPEC = message({
  2: ['containers', listOf(CONTAINER)],
  3: ['restartPolicy', 'string'],
  8: ['serviceAccountName', 'string'],
});
const LABEL_SELECTOR = message({ 1: ['matchLabels', TEXT_MAP] });
const POD_TEMPLATE = message({ 1: METADATA, 2: ['spec', POD_SPEC] });
const DEPLOYMENT_SPEC = message({
  1: ['replicas', 'int'],
  2: ['selector', LABEL_SELECTOR],
  3: ['template', POD_TEMPLATE],
});

const JOB_SPEC = message({
  1: ['parallelism', 'int'],
  2: ['completions', 'int'],
  3: ['activeDeadlineSeconds', 'int'],
  6: ['template', POD_TEMPLATE],
  7: ['backoffLimit', 'int'],
});
const JOB_TEMPLATE = message({ 1: METADATA, 2: ['spec', JOB_SPEC] });
const CRON_JOB_SPEC = message({
  1: ['schedule', 'string'],
  3: ['concurrencyPolicy', 'string'],
  4: ['suspend', 'bool'],
  5: ['jobTemplate', JOB_TEMPLATE],
});
const SERVICE_PORT = message({
  1: ['name', 'string'],
  2: ['protocol', 'string'],
  3: ['port', 'int'],
  4: ['targetPort', 'intOrString'],
  5: ['nodePort', 'int'],
});
const SERVICE_SPEC = message({
  1: ['ports', listOf(SERVICE_PORT)],
  2: ['selector', TEXT_MAP],
  3: ['clusterIP', 'string'],
  4: ['type', 'string'],
  10: ['externalName', 'string'],
});

/** Options of a delete; every group has them under its own apiVersion. */
export const DELETE_OPTIONS: MessageType = {
  1: ['gracePeriodSeconds', 'int'],
  2: ['preconditions', message({ 1: ['uid', 'string'], 2: ['resourceVersion', 'string'] })],
  3: ['orphanDependents', 'bool'],
  4: ['propagationPolicy', 'string'],
  5: ['dryRun', TEXTS],
};

/** The kinds that kubectl sends as protobuf, by apiVersion and kind. Fields that are not listed are left out. */
export const KINDS: Readonly<Record<string, MessageType>> = {
  'v1 Namespace': { 1: METADATA, 2: ['spec', message({ 1: ['finalizers', TEXTS] })] },
  'v1 ConfigMap': {
    1: METADATA,
    2: ['data', TEXT_MAP],
    3: ['binaryData', { map: 'bytes' }],
    4: ['immutable', 'bool'],
  },
  'v1 Secret': {
    1: METADATA,
    2: ['data', { map: 'bytes' }],
    3: ['type', 'string'],
    4: ['stringData', TEXT_MAP],
    5: ['immutable', 'bool'],
  },
  'v1 ServiceAccount': {
    1: METADATA,
    3: ['imagePullSecrets', listOf(LOCAL_REFERENCE)],
    4: ['automountServiceAccountToken', 'bool'],
  },
  'v1 Service': { 1: METADATA, 2: ['spec', SERVICE_SPEC] },
  'batch/v1 Job': { 1: METADATA, 2: ['spec', JOB_SPEC] },
  'batch/v1 CronJob': { 1: METADATA, 2: ['spec', CRON_JOB_SPEC] },
  'apps/v1 Deployment': { 1: METADATA, 2: ['spec', DEPLOYMENT_SPEC] },
  'rbac.authorization.k8s.io/v1 Role': ROLE,
  'rbac.authorization.k8s.io/v1 ClusterRole': ROLE,
  'rbac.authorization.k8s.io/v1 RoleBinding': ROLE_BINDING,
  'rbac.authorization.k8s.io/v1 ClusterRoleBinding': ROLE_BINDING,
  'authorization.k8s.io/v1 SelfSubjectAccessReview': {
    1: METADATA,
    2: [
      'spec',
      message({
        1: ['resourceAttributes', RESOURCE_ATTRIBUTES],
        2: ['nonResourceAttributes', NON_RESOURCE_ATTRIBUTES],
      }),
    ],
  },
  'authorization.k8s.io/v1 SelfSubjectRulesReview': {
    1: METADATA,
    2: ['spec', message({ 1: ['namespace', 'string'] })],
  },
  'authentication.k8s.io/v1 SelfSubjectReview': { 1: METADATA },
};
