export const GROUP = 'probe.example.com';
export const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

const PORT = {
  type: 'object',
  required: ['name'],
  properties: {
    name: { type: 'string' },
    port: { type: 'integer' },
    protocol: { type: 'string', default: 'TCP' },
  },
};

const SPEC = {
  type: 'object',
  required: ['size'],
  description: 'Wanted state.',
  'x-kubernetes-validations': [
    { rule: '!has(self.minSize) || self.size >= self.minSize', message: 'size must be at least minSize' },
    {
      rule: '!has(self.frozen) || !self.frozen || self.size == oldSelf.size',
      messageExpression: "'size is frozen: ' + (self.frozen ? 'yes' : 'no')",
    },
  ],
  properties: {
    size: { type: 'integer', minimum: 1, maximum: 100, description: 'How big.' },
    minSize: { type: 'integer' },
    frozen: { type: 'boolean' },
    color: { type: 'string', default: 'red', enum: ['red', 'green', 'blue'] },
    replicas: { type: 'integer', format: 'int32', default: 1 },
    code: { type: 'string', pattern: '^[A-Z]{2}[0-9]+$', maxLength: 6 },
    immutable: {
      type: 'string',
      'x-kubernetes-validations': [{ rule: 'self == oldSelf', message: 'immutable is immutable' }],
    },
    tags: { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'set', maxItems: 4 },
    raw: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    when: { type: 'string', format: 'date-time', nullable: true },
    labels: { type: 'object', additionalProperties: { type: 'string' } },
    ports: {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
      items: PORT,
    },
  },
};

const STATUS = {
  type: 'object',
  properties: {
    phase: { type: 'string' },
    replicas: { type: 'integer' },
    selector: { type: 'string' },
    conditions: {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['type'],
      items: {
        type: 'object',
        required: ['type', 'status'],
        properties: { type: { type: 'string' }, status: { type: 'string' } },
      },
    },
  },
};

function version(name: string, storage: boolean): object {
  return {
    name,
    storage,
    served: true,
    subresources: {
      status: {},
      scale: {
        specReplicasPath: '.spec.replicas',
        statusReplicasPath: '.status.replicas',
        labelSelectorPath: '.status.selector',
      },
    },
    additionalPrinterColumns: [
      { name: 'Size', type: 'integer', jsonPath: '.spec.size', description: 'How big.' },
      { name: 'Phase', type: 'string', jsonPath: '.status.phase' },
      { name: 'Color', type: 'string', jsonPath: '.spec.color', priority: 1 },
      { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
    ],
    selectableFields: [{ jsonPath: '.spec.color' }],
    schema: {
      openAPIV3Schema: {
        type: 'object',
        required: ['spec'],
        description: 'Widget is the test kind.',
        properties: { spec: SPEC, status: STATUS },
      },
    },
  };
}

/** A kind with one example of everything that a definition can say. */
export const WIDGET_CRD = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `widgets.${GROUP}` },
  spec: {
    group: GROUP,
    scope: 'Namespaced',
    names: {
      plural: 'widgets',
      singular: 'widget',
      kind: 'Widget',
      listKind: 'WidgetList',
      shortNames: ['wd'],
      categories: ['probe'],
    },
    versions: [version('v1', true), version('v1beta1', false)],
  },
};

/** A group of its own: the list of the kinds of {@link GROUP} is tested. */
export const SOCKET_GROUP = 'sockets.example.com';

/** A kind of its own: with such a field Kubernetes 1.20 applies Widgets as if they had no schema. */
export const SOCKET_CRD = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `sockets.${SOCKET_GROUP}` },
  spec: {
    group: SOCKET_GROUP,
    scope: 'Namespaced',
    names: { plural: 'sockets', singular: 'socket', kind: 'Socket', listKind: 'SocketList' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: { type: 'object', properties: { port: { 'x-kubernetes-int-or-string': true } } },
        },
      },
    ],
  },
};

export function widget(name: string | undefined, spec: object = { size: 3 }, metadata: object = {}): any {
  return {
    apiVersion: `${GROUP}/v1`,
    kind: 'Widget',
    metadata: { ...(name !== undefined && { name }), ...metadata },
    spec,
  };
}

export function configMap(name: string, data: object = {}, metadata: object = {}): any {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...metadata }, data };
}
