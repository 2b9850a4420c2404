import type { JsonObject } from '../json.ts';

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';

/** Where the documents refer to the shared schemas. */
export const META_REF = {
  ObjectMeta: `#/components/schemas/${META}.ObjectMeta`,
  ListMeta: `#/components/schemas/${META}.ListMeta`,
  Patch: `#/components/schemas/${META}.Patch`,
  Status: `#/components/schemas/${META}.Status`,
  DeleteOptions: `#/components/schemas/${META}.DeleteOptions`,
  Time: `#/components/schemas/${META}.Time`,
  OwnerReference: `#/components/schemas/${META}.OwnerReference`,
  ManagedFieldsEntry: `#/components/schemas/${META}.ManagedFieldsEntry`,
} as const;

const text = (description: string): JsonObject => ({ type: 'string', description });
const textMap = (description: string): JsonObject => ({
  type: 'object',
  description,
  additionalProperties: { type: 'string', default: '' },
});
const ref = (name: keyof typeof META_REF, description: string): JsonObject => {
  return { description, allOf: [{ $ref: META_REF[name] }] };
};

const OBJECT_META: JsonObject = {
  type: 'object',
  description: 'ObjectMeta is metadata that all persisted resources must have.',
  properties: {
    name: text('Name must be unique within a namespace. Cannot be updated.'),
    generateName: text(
      'GenerateName is a prefix, used by the server to make a unique name when there is none.',
    ),
    namespace: text('Namespace defines the space within which each name must be unique.'),
    labels: textMap('Map of string keys and values that can be used to organize and select objects.'),
    annotations: textMap(
      'Annotations is an unstructured key value map that tools may use to keep arbitrary metadata.',
    ),
    finalizers: {
      type: 'array',
      description: 'Must be empty before the object is deleted from the registry.',
      items: { type: 'string', default: '' },
      'x-kubernetes-list-type': 'set',
      'x-kubernetes-patch-strategy': 'merge',
    },
    ownerReferences: {
      type: 'array',
      description:
        'List of objects this object depends on. When all of them are deleted, it is garbage collected.',
      items: { allOf: [{ $ref: META_REF.OwnerReference }], default: {} },
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['uid'],
      'x-kubernetes-patch-merge-key': 'uid',
      'x-kubernetes-patch-strategy': 'merge',
    },
    managedFields: {
      type: 'array',
      description: 'ManagedFields maps a manager to the set of fields that it manages.',
      items: { allOf: [{ $ref: META_REF.ManagedFieldsEntry }], default: {} },
      'x-kubernetes-list-type': 'atomic',
    },
    uid: text('UID is the unique in time and space value for this object. Read-only.'),
    resourceVersion: text('An opaque value that represents the internal version of this object. Read-only.'),
    generation: {
      type: 'integer',
      format: 'int64',
      description: 'A number for a generation of the desired state. Read-only.',
    },
    creationTimestamp: ref('Time', 'When this object was created. Read-only.'),
    deletionTimestamp: ref('Time', 'When this object was asked to be deleted. Read-only.'),
    deletionGracePeriodSeconds: {
      type: 'integer',
      format: 'int64',
      description: 'Number of seconds allowed for this object to terminate. Read-only.',
    },
    selfLink: text('Deprecated: no longer populated.'),
  },
};

/** Schemas that every document carries. */
export const META_SCHEMAS: Readonly<Record<string, JsonObject>> = {
  [`${META}.ObjectMeta`]: OBJECT_META,
  [`${META}.ListMeta`]: {
    type: 'object',
    description: 'ListMeta describes metadata that lists have.',
    properties: {
      continue: text('Set when there are more items.'),
      remainingItemCount: {
        type: 'integer',
        format: 'int64',
        description: 'How many items follow, if known.',
      },
      resourceVersion: text('The version of the list.'),
      selfLink: text('Deprecated: no longer populated.'),
    },
  },
  [`${META}.OwnerReference`]: {
    type: 'object',
    description: 'OwnerReference identifies an owning object.',
    required: ['apiVersion', 'kind', 'name', 'uid'],
    properties: {
      apiVersion: { ...text('API version of the referent.'), default: '' },
      kind: { ...text('Kind of the referent.'), default: '' },
      name: { ...text('Name of the referent.'), default: '' },
      uid: { ...text('UID of the referent.'), default: '' },
      controller: {
        type: 'boolean',
        description: 'Whether this reference points to the managing controller.',
      },
      blockOwnerDeletion: {
        type: 'boolean',
        description:
          'Whether the owner cannot be deleted in the foreground before this reference is removed.',
      },
    },
    'x-kubernetes-map-type': 'atomic',
  },
  [`${META}.ManagedFieldsEntry`]: {
    type: 'object',
    description: 'ManagedFieldsEntry says which fields a manager manages.',
    properties: {
      apiVersion: text('The version of this resource that the fields apply to.'),
      fieldsType: text('The format of fieldsV1.'),
      fieldsV1: { allOf: [{ $ref: `#/components/schemas/${META}.FieldsV1` }] },
      manager: text('The workflow managing these fields.'),
      operation: text('Apply or Update.'),
      subresource: text('The subresource that was written.'),
      time: ref('Time', 'When the set of fields last changed.'),
    },
  },
  [`${META}.Preconditions`]: {
    type: 'object',
    description: 'Preconditions must hold before an operation is carried out.',
    properties: { resourceVersion: text('The version it must have.'), uid: text('The UID it must have.') },
  },
  [`${META}.ShardInfo`]: {
    type: 'object',
    description: 'ShardInfo says which part of a sharded list this is; lists here are whole.',
    required: ['selector'],
    properties: { selector: { ...text('The selector of the shard.'), default: '' } },
  },
  [`${META}.StatusCause`]: {
    type: 'object',
    description: 'StatusCause is one of several reasons of a failure.',
    properties: {
      field: text('The path of the field.'),
      message: text('What is wrong with it, for people.'),
      reason: text('Why, in one word, for programs.'),
    },
  },
  [`${META}.StatusDetails`]: {
    type: 'object',
    description: 'StatusDetails says more about a failure.',
    properties: {
      causes: {
        type: 'array',
        items: { allOf: [{ $ref: `#/components/schemas/${META}.StatusCause` }], default: {} },
        description: 'Each reason.',
        'x-kubernetes-list-type': 'atomic',
      },
      group: text('The group of the resource.'),
      kind: text('The kind of the resource.'),
      name: text('The name of the resource.'),
      retryAfterSeconds: { type: 'integer', format: 'int32', description: 'When to try again.' },
      uid: text('The UID of the resource.'),
    },
  },
  [`${META}.FieldsV1`]: { type: 'object', description: 'FieldsV1 is a set of fields in a trie.' },
  [`${META}.Time`]: { type: 'string', format: 'date-time', description: 'A moment in RFC 3339.' },
  [`${META}.Patch`]: { type: 'object', description: 'Patch is a patch of an object.' },
  [`${META}.Status`]: {
    type: 'object',
    description: 'Status is the answer of calls that do not return other objects.',
    properties: {
      apiVersion: text('The version of this form.'),
      kind: text('Status.'),
      metadata: ref('ListMeta', 'Metadata of the answer.'),
      status: text('Success or Failure.'),
      message: text('What happened, for people.'),
      reason: text('Why, in one word, for programs.'),
      details: {
        allOf: [{ $ref: `#/components/schemas/${META}.StatusDetails` }],
        description: 'What it is about.',
      },
      code: { type: 'integer', format: 'int32', description: 'The HTTP status.' },
    },
    'x-kubernetes-group-version-kind': [{ group: '', version: 'v1', kind: 'Status' }],
  },
  [`${META}.DeleteOptions`]: {
    type: 'object',
    description: 'DeleteOptions may be given when an object is deleted.',
    properties: {
      apiVersion: text('The version of this form.'),
      kind: text('DeleteOptions.'),
      dryRun: {
        type: 'array',
        items: { type: 'string', default: '' },
        description: 'All, to change nothing.',
      },
      gracePeriodSeconds: {
        type: 'integer',
        format: 'int64',
        description: 'How long the object may take to end.',
      },
      orphanDependents: { type: 'boolean', description: 'Deprecated: use propagationPolicy.' },
      preconditions: {
        allOf: [{ $ref: `#/components/schemas/${META}.Preconditions` }],
        description: 'What must hold of the object.',
      },
      propagationPolicy: text('Orphan, Background or Foreground: what becomes of dependents.'),
    },
    'x-kubernetes-group-version-kind': [{ group: '', version: 'v1', kind: 'DeleteOptions' }],
  },
};

const AUTOSCALING = 'io.k8s.api.autoscaling.v1';
const replicas = { type: 'integer', format: 'int32', description: 'How many.' };

/** Schemas of documents with something that can be scaled. */
export const SCALE_SCHEMAS: Readonly<Record<string, JsonObject>> = {
  [`${AUTOSCALING}.Scale`]: {
    type: 'object',
    description: 'Scale is a request to change how many there are.',
    properties: {
      apiVersion: text('autoscaling/v1.'),
      kind: text('Scale.'),
      metadata: ref('ObjectMeta', 'Metadata of what is scaled.'),
      spec: {
        allOf: [{ $ref: `#/components/schemas/${AUTOSCALING}.ScaleSpec` }],
        description: 'What is wanted.',
      },
      status: {
        allOf: [{ $ref: `#/components/schemas/${AUTOSCALING}.ScaleStatus` }],
        description: 'What is there.',
      },
    },
    'x-kubernetes-group-version-kind': [{ group: 'autoscaling', version: 'v1', kind: 'Scale' }],
  },
  [`${AUTOSCALING}.ScaleSpec`]: { type: 'object', description: 'What is wanted.', properties: { replicas } },
  [`${AUTOSCALING}.ScaleStatus`]: {
    type: 'object',
    description: 'What is there.',
    required: ['replicas'],
    properties: { replicas: { ...replicas, default: 0 }, selector: text('Selects the pods.') },
  },
};
