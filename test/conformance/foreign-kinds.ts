/** A CustomResourceDefinition with one version. */
export function definition(options: {
  readonly kind: string;
  readonly group?: string;
  readonly spec: object;
  readonly status?: object;
  readonly version?: object;
}): any {
  const { kind, group = 'foreign.example.com', spec, status = { type: 'object' }, version } = options;
  const plural = `${kind.toLowerCase()}s`;
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { plural, kind },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          subresources: { status: {} },
          schema: { openAPIV3Schema: { type: 'object', properties: { spec, status } } },
          ...version,
        },
      ],
    },
  };
}

const text = { type: 'string' };

/** As certificates are declared: conditions, times, references, choices and columns that look for a condition. */
export const CERTIFICATE = definition({
  kind: 'Certificate',
  spec: {
    type: 'object',
    required: ['issuerRef', 'secretName'],
    properties: {
      secretName: text,
      issuerRef: {
        type: 'object',
        required: ['name'],
        properties: { name: text, kind: { ...text, default: 'Issuer' }, group: text },
      },
      dnsNames: { type: 'array', items: text, 'x-kubernetes-list-type': 'atomic' },
      duration: text,
      usages: { type: 'array', items: { ...text, enum: ['signing', 'digital signature', 'server auth'] } },
      privateKey: {
        type: 'object',
        properties: {
          algorithm: { ...text, enum: ['RSA', 'ECDSA'], default: 'RSA' },
          size: { type: 'integer', minimum: 256, multipleOf: 256 },
        },
        default: {},
      },
      keystores: {
        type: 'object',
        properties: {
          jks: { type: 'object', properties: { alias: text } },
          pkcs12: { type: 'object', properties: { alias: text } },
        },
        oneOf: [{ required: ['jks'] }, { required: ['pkcs12'] }],
      },
      subject: {
        type: 'object',
        properties: { email: { ...text, format: 'email' }, uri: { ...text, format: 'uri' } },
      },
      secretTemplate: {
        type: 'object',
        properties: {
          labels: { type: 'object', additionalProperties: text },
          forbidden: { type: 'boolean' },
        },
        allOf: [{ required: ['labels'] }, { maxProperties: 5 }],
        not: { required: ['forbidden'] },
      },
    },
  },
  status: {
    type: 'object',
    properties: {
      notAfter: { ...text, format: 'date-time' },
      conditions: {
        type: 'array',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['type'],
        items: {
          type: 'object',
          required: ['type', 'status'],
          properties: {
            type: text,
            status: { ...text, enum: ['True', 'False', 'Unknown'] },
            lastTransitionTime: { ...text, format: 'date-time' },
          },
        },
      },
    },
  },
  version: {
    additionalPrinterColumns: [
      { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
      { name: 'Secret', type: 'string', jsonPath: '.spec.secretName' },
      { name: 'Names', type: 'string', jsonPath: '.spec.dnsNames[*]', priority: 1 },
      { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
    ],
    selectableFields: [{ jsonPath: '.spec.issuerRef.name' }],
  },
});

/** As monitoring is declared: amounts, ports by number or name, whole pods inside, defaults in lists. */
export const MONITOR = definition({
  kind: 'Monitor',
  spec: {
    type: 'object',
    properties: {
      retentionSize: {
        anyOf: [{ type: 'integer' }, { type: 'string' }],
        pattern:
          '^(\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\\+|-)?[0-9]+))?$',
        'x-kubernetes-int-or-string': true,
      },
      podTemplate: {
        type: 'object',
        'x-kubernetes-embedded-resource': true,
        'x-kubernetes-preserve-unknown-fields': true,
      },
      endpoints: {
        type: 'array',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['port', 'scheme'],
        items: {
          type: 'object',
          required: ['port'],
          properties: {
            port: text,
            scheme: { ...text, default: 'http', enum: ['http', 'https'] },
            interval: { ...text, pattern: '^([0-9]+(ms|s|m))+$' },
            relabelings: {
              type: 'array',
              items: {
                type: 'object',
                properties: {
                  action: { ...text, default: 'replace' },
                  separator: { ...text, nullable: true },
                },
              },
            },
          },
        },
      },
      resources: { type: 'object', additionalProperties: { 'x-kubernetes-int-or-string': true } },
    },
  },
});

/** As workflows are declared: hardly, so that anything goes. */
export const WORKFLOW = definition({
  kind: 'Workflow',
  spec: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true, 'x-kubernetes-map-type': 'atomic' },
  status: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
});

/** With rules of every form. */
export const GUARDED = definition({
  kind: 'Guarded',
  spec: {
    type: 'object',
    'x-kubernetes-validations': [
      { rule: '!has(oldSelf.owner) || has(self.owner)', message: 'owner cannot be taken away' },
      {
        rule: 'self.min <= self.max',
        messageExpression: "'min is ' + (self.min > 9 ? 'large' : 'small')",
        fieldPath: '.min',
        reason: 'FieldValueForbidden',
      },
    ],
    required: ['min', 'max'],
    properties: {
      min: { type: 'integer' },
      max: { type: 'integer' },
      owner: text,
      once: {
        type: 'string',
        maxLength: 20,
        'x-kubernetes-validations': [
          {
            rule: "oldSelf.hasValue() ? self == oldSelf.value() : self != 'forbidden'",
            optionalOldSelf: true,
            message: 'set once and well',
          },
        ],
      },
      networks: {
        type: 'array',
        maxItems: 5,
        items: {
          type: 'string',
          maxLength: 40,
          'x-kubernetes-validations': [{ rule: 'isCIDR(self)', message: 'must be a range of addresses' }],
        },
      },
      memory: {
        type: 'string',
        maxLength: 20,
        'x-kubernetes-validations': [{ rule: "quantity(self).isLessThan(quantity('2Gi'))" }],
      },
    },
  },
});
