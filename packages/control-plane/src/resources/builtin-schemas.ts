import type { Schema } from '../schema/schema.ts';

type Properties = Readonly<Record<string, Schema>>;

const text: Schema = { type: 'string' };
const whole: Schema = { type: 'integer', format: 'int32' };
const long: Schema = { type: 'integer', format: 'int64' };
const flag: Schema = { type: 'boolean' };
const bytes: Schema = { type: 'string', format: 'byte' };
const time: Schema = { type: 'string', format: 'date-time' };
const wholeOrText: Schema = { 'x-kubernetes-int-or-string': true };
const texts: Schema = { type: 'array', items: text, 'x-kubernetes-list-type': 'atomic' };
const textMap: Schema = { type: 'object', additionalProperties: text };

/** An object with exactly these members. */
function closed(properties: Properties): Schema {
  return { type: 'object', properties };
}

/** An object of which only the members that clients merge or read by type are declared. */
function open(properties: Properties = {}): Schema {
  return { type: 'object', properties, 'x-kubernetes-preserve-unknown-fields': true };
}

function listOf(items: Schema): Schema {
  return { type: 'array', items, 'x-kubernetes-list-type': 'atomic' };
}

/** A list whose items are told apart by `keys`; a strategic merge patch pairs them by the first. */
function keyedList(items: Schema, ...keys: readonly [string, ...string[]]): Schema {
  return {
    type: 'array',
    items,
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': keys,
    'x-kubernetes-patch-merge-key': keys[0],
  };
}

function atomic(schema: Schema): Schema {
  return { ...schema, 'x-kubernetes-map-type': 'atomic' };
}

const anything = open();
const conditions = keyedList(open({ type: text, status: text, reason: text, message: text }), 'type');
const labelSelector = atomic(
  open({
    matchLabels: textMap,
    matchExpressions: listOf(open({ key: text, operator: text, values: texts })),
  }),
);
const localReference = atomic(open({ name: text }));
const objectReference = atomic(
  closed({
    apiVersion: text,
    kind: text,
    name: text,
    namespace: text,
    uid: text,
    resourceVersion: text,
    fieldPath: text,
  }),
);

const environmentVariable = open({
  name: text,
  value: text,
  valueFrom: open({
    configMapKeyRef: localReference,
    secretKeyRef: localReference,
    fieldRef: atomic(open()),
  }),
});
const containerPort = open({
  name: text,
  containerPort: whole,
  hostPort: whole,
  protocol: { ...text, default: 'TCP' },
});
const probe = open({
  httpGet: open({ httpHeaders: listOf(anything) }),
  exec: open({ command: texts }),
  tcpSocket: open(),
  grpc: open(),
});

const container = open({
  name: text,
  image: text,
  command: texts,
  args: texts,
  workingDir: text,
  ports: keyedList(containerPort, 'containerPort', 'protocol'),
  env: keyedList(environmentVariable, 'name'),
  envFrom: listOf(open({ configMapRef: localReference, secretRef: localReference })),
  resources: open({
    limits: { type: 'object', additionalProperties: wholeOrText },
    requests: { type: 'object', additionalProperties: wholeOrText },
  }),
  volumeMounts: keyedList(open({ name: text, mountPath: text }), 'mountPath'),
  livenessProbe: probe,
  readinessProbe: probe,
  startupProbe: probe,
  lifecycle: open({ postStart: probe, preStop: probe }),
  securityContext: open({ capabilities: open({ add: texts, drop: texts }), seccompProfile: anything }),
});

const volume = open({
  name: text,
  configMap: open({ items: listOf(anything) }),
  secret: open({ items: listOf(anything) }),
  emptyDir: anything,
  hostPath: anything,
  persistentVolumeClaim: anything,
  downwardAPI: open({ items: listOf(anything) }),
  projected: open({ sources: listOf(anything) }),
  csi: anything,
});

const podSpec = open({
  containers: keyedList(container, 'name'),
  initContainers: keyedList(container, 'name'),
  ephemeralContainers: keyedList(container, 'name'),
  volumes: keyedList(volume, 'name'),
  imagePullSecrets: keyedList(localReference, 'name'),
  nodeSelector: atomic(textMap),
  serviceAccountName: text,
  securityContext: open({
    seccompProfile: anything,
    supplementalGroups: listOf(long),
    sysctls: listOf(anything),
  }),
  affinity: open({ nodeAffinity: anything, podAffinity: anything, podAntiAffinity: anything }),
  tolerations: listOf(anything),
  topologySpreadConstraints: keyedList(
    open({ topologyKey: text, whenUnsatisfiable: text }),
    'topologyKey',
    'whenUnsatisfiable',
  ),
  hostAliases: keyedList(open({ ip: text, hostnames: texts }), 'ip'),
  dnsConfig: open({ nameservers: texts, searches: texts, options: listOf(anything) }),
  readinessGates: listOf(anything),
});

const embeddedMetadata = open({ labels: textMap, annotations: textMap });
const podTemplate = open({ metadata: embeddedMetadata, spec: podSpec });
const workload = (spec: Properties): Schema =>
  open({
    spec: open({ selector: labelSelector, template: podTemplate, ...spec }),
    status: open({ conditions }),
  });
const jobSpec = open({ selector: labelSelector, template: podTemplate, podFailurePolicy: anything });

const servicePort = open({
  name: text,
  port: whole,
  nodePort: whole,
  targetPort: wholeOrText,
  protocol: { ...text, default: 'TCP' },
});

const policyRule = closed({
  verbs: texts,
  apiGroups: texts,
  resources: texts,
  resourceNames: texts,
  nonResourceURLs: texts,
});
const subject = atomic(closed({ kind: text, apiGroup: text, name: text, namespace: text }));
const roleBinding = closed({
  subjects: listOf(subject),
  roleRef: atomic(closed({ apiGroup: text, kind: text, name: text })),
});
const networkPeers = listOf(
  open({ podSelector: labelSelector, namespaceSelector: labelSelector, ipBlock: open({ except: texts }) }),
);
const claimSpec = open({
  accessModes: texts,
  resources: open({
    requests: { type: 'object', additionalProperties: wholeOrText },
    limits: { type: 'object', additionalProperties: wholeOrText },
  }),
  selector: labelSelector,
  dataSource: atomic(open()),
});

const claim = open({ metadata: embeddedMetadata, spec: claimSpec, status: open({ conditions }) });

const names = open({
  plural: text,
  singular: text,
  kind: text,
  listKind: text,
  shortNames: texts,
  categories: texts,
});

/** What is declared of each built-in kind: enough for strategic merges, apply, types and `kubectl explain`. */
export const BUILTIN_SCHEMAS = {
  customResourceDefinition: open({
    spec: open({
      group: text,
      scope: text,
      names,
      preserveUnknownFields: flag,
      conversion: open({ strategy: text, webhook: anything }),
      versions: listOf(
        open({
          name: text,
          served: flag,
          storage: flag,
          deprecated: flag,
          deprecationWarning: text,
          schema: open({ openAPIV3Schema: anything }),
          subresources: open({ status: anything, scale: anything }),
          additionalPrinterColumns: listOf(open({ name: text, type: text, jsonPath: text })),
          selectableFields: listOf(open({ jsonPath: text })),
        }),
      ),
    }),
    status: open({
      conditions: { ...conditions, nullable: true },
      acceptedNames: names,
      storedVersions: texts,
    }),
  }),
  namespace: closed({ spec: closed({ finalizers: texts }), status: open({ phase: text, conditions }) }),
  configMap: closed({
    data: textMap,
    binaryData: { type: 'object', additionalProperties: bytes },
    immutable: flag,
  }),
  secret: closed({
    data: { type: 'object', additionalProperties: bytes },
    stringData: textMap,
    type: text,
    immutable: flag,
  }),
  service: open({
    spec: open({
      ports: keyedList(servicePort, 'port', 'protocol'),
      selector: atomic(textMap),
      type: text,
      externalIPs: texts,
      clusterIPs: texts,
      ipFamilies: texts,
      loadBalancerSourceRanges: texts,
      sessionAffinityConfig: open({ clientIP: open() }),
    }),
    status: open({ conditions, loadBalancer: open({ ingress: listOf(open()) }) }),
  }),
  serviceAccount: closed({
    secrets: keyedList(objectReference, 'name'),
    imagePullSecrets: listOf(localReference),
    automountServiceAccountToken: flag,
  }),
  event: open({
    involvedObject: objectReference,
    related: objectReference,
    reason: text,
    message: text,
    type: text,
    count: whole,
    firstTimestamp: { ...time, nullable: true },
    lastTimestamp: { ...time, nullable: true },
    eventTime: { ...time, nullable: true, default: null },
    reportingComponent: { ...text, default: '' },
    reportingInstance: { ...text, default: '' },
    source: open({ component: text, host: text }),
    series: open(),
  }),
  newEvent: open({
    regarding: objectReference,
    related: objectReference,
    note: text,
    reason: text,
    type: text,
    series: open(),
  }),
  pod: open({
    spec: podSpec,
    status: open({
      conditions,
      containerStatuses: listOf(open()),
      initContainerStatuses: listOf(open()),
      podIPs: keyedList(open({ ip: text }), 'ip'),
    }),
  }),
  persistentVolumeClaim: claim,
  deployment: workload({ replicas: { ...whole, default: 1 }, strategy: open({ rollingUpdate: anything }) }),
  replicaSet: workload({ replicas: { ...whole, default: 1 } }),
  statefulSet: workload({
    replicas: { ...whole, default: 1 },
    updateStrategy: open({ rollingUpdate: anything }),
    volumeClaimTemplates: listOf(claim),
  }),
  daemonSet: workload({ updateStrategy: open({ rollingUpdate: anything }) }),
  job: open({ spec: jobSpec, status: open({ conditions }) }),
  cronJob: open({
    spec: open({ jobTemplate: open({ metadata: embeddedMetadata, spec: jobSpec }), schedule: text }),
    status: open({ active: listOf(objectReference) }),
  }),
  horizontalPodAutoscaler: open({
    spec: open({
      scaleTargetRef: closed({ apiVersion: text, kind: text, name: text }),
      metrics: listOf(anything),
      behavior: anything,
    }),
    status: open({ conditions, currentMetrics: listOf(anything) }),
  }),
  lease: closed({
    spec: open({
      holderIdentity: text,
      leaseDurationSeconds: whole,
      acquireTime: time,
      renewTime: time,
      leaseTransitions: whole,
      strategy: text,
      preferredHolder: text,
    }),
  }),
  role: closed({ rules: listOf(policyRule) }),
  clusterRole: closed({
    rules: listOf(policyRule),
    aggregationRule: open({ clusterRoleSelectors: listOf(labelSelector) }),
  }),
  roleBinding,
  ingress: open({
    spec: open({
      ingressClassName: text,
      defaultBackend: open({ service: open(), resource: localReference }),
      rules: listOf(open({ host: text, http: open({ paths: listOf(open()) }) })),
      tls: listOf(open({ hosts: texts })),
    }),
    status: open({ loadBalancer: open({ ingress: listOf(open()) }) }),
  }),
  networkPolicy: open({
    spec: open({
      podSelector: labelSelector,
      policyTypes: texts,
      ingress: listOf(open({ from: networkPeers, ports: listOf(open()) })),
      egress: listOf(open({ to: networkPeers, ports: listOf(open()) })),
    }),
  }),
  podDisruptionBudget: open({
    spec: open({ selector: labelSelector, minAvailable: wholeOrText, maxUnavailable: wholeOrText }),
    status: open({ conditions }),
  }),
  endpointSlice: open({
    addressType: text,
    endpoints: listOf(open({ addresses: texts, targetRef: objectReference, conditions: open() })),
    ports: listOf(open()),
  }),
} as const satisfies Readonly<Record<string, Schema>>;
