import {
  accessModes,
  eventCount,
  eventSource,
  externalAddress,
  firstSeen,
  ingressHosts,
  lastSeen,
  loadBalancers,
  podReady,
  podRestarts,
  podStatus,
  readinessGates,
  selectorAt,
  servicePorts,
  sliceAddresses,
  slicePorts,
  subjects,
} from './cells.ts';
import { AGE, column, text, wide, count } from './column-table.ts';
import { countAt, CREATED_AT_COLUMN, NAME_COLUMN, textAt } from './columns.ts';
import type { Column } from './definition.ts';
import { WORKLOAD_COLUMNS } from './workload-columns.ts';

const BINDING: readonly Column[] = [
  NAME_COLUMN,
  column('Role', 'RoleRef can reference a Role in the current namespace or a ClusterRole.', (object) => {
    return `${textAt(object, ['roleRef', 'kind'])}/${textAt(object, ['roleRef', 'name'])}`;
  }),
  AGE,
  wide('Users', 'Users in the binding', subjects('User')),
  wide('Groups', 'Groups in the binding', subjects('Group')),
  wide('ServiceAccounts', 'ServiceAccounts in the binding', subjects('ServiceAccount')),
];
const ROLE: readonly Column[] = [NAME_COLUMN, CREATED_AT_COLUMN];

/** The columns of the built-in kinds, by kind; a kind that is not listed has Name and Age. */
export const BUILTIN_COLUMNS: Readonly<Record<string, readonly Column[]>> = {
  Namespace: [NAME_COLUMN, column('Status', 'The status of the namespace', text('', 'status', 'phase')), AGE],
  ConfigMap: [
    NAME_COLUMN,
    column(
      'Data',
      'Data contains the configuration data. Each key must consist of alphanumeric characters, ' +
        "'-', '_' or '.'. Values with non-UTF-8 byte sequences must use the BinaryData field. The keys stored in Data " +
        'must not overlap with the keys in the BinaryData field, this is enforced during validation process.',
      (object) => countAt(object, ['data'], ['binaryData']),
    ),
    AGE,
  ],
  Secret: [
    NAME_COLUMN,
    column(
      'Type',
      'Used to facilitate programmatic handling of secret data. More info: ' +
        'https://kubernetes.io/docs/concepts/configuration/secret/#secret-types',
      text('', 'type'),
    ),
    column(
      'Data',
      "Data contains the secret data. Each key must consist of alphanumeric characters, '-', '_' or '.'. " +
        'The serialized form of the secret data is a base64 encoded string, representing the arbitrary (possibly ' +
        'non-string) data value here. Described in https://tools.ietf.org/html/rfc4648#section-4',
      (object) => countAt(object, ['data']),
    ),
    AGE,
  ],
  ServiceAccount: [
    NAME_COLUMN,
    column('Secrets', 'Secrets that pods running with this account may use.', (object) =>
      countAt(object, ['secrets']),
    ),
    AGE,
  ],
  Service: [
    NAME_COLUMN,
    column('Type', 'type determines how the Service is exposed.', text('ClusterIP', 'spec', 'type')),
    column('Cluster-IP', 'clusterIP is the IP address of the service.', text('<none>', 'spec', 'clusterIP')),
    column(
      'External-IP',
      'externalIPs is a list of IP addresses for which nodes accept traffic.',
      externalAddress,
    ),
    column('Port(s)', 'The list of ports that are exposed by this service.', servicePorts),
    AGE,
    wide('Selector', 'Route service traffic to pods with matching labels.', selectorAt('spec', 'selector')),
  ],
  Pod: [
    NAME_COLUMN,
    column('Ready', 'The aggregate readiness state of this pod for accepting traffic.', podReady),
    column('Status', 'The aggregate status of the containers in this pod.', podStatus),
    column(
      'Restarts',
      'The number of times the containers in this pod have been restarted and when the last container in this pod has restarted.',
      podRestarts,
    ),
    AGE,
    wide('IP', 'podIP address allocated to the pod.', text('<none>', 'status', 'podIP')),
    wide(
      'Node',
      'NodeName indicates in which node this pod is scheduled.',
      text('<none>', 'spec', 'nodeName'),
    ),
    wide(
      'Nominated Node',
      'nominatedNodeName is set only when this pod preempts other pods on the node.',
      text('<none>', 'status', 'nominatedNodeName'),
    ),
    wide(
      'Readiness Gates',
      'Whether the conditions are met that the pod waits for to be ready.',
      readinessGates,
    ),
  ],
  PersistentVolumeClaim: [
    NAME_COLUMN,
    column(
      'Status',
      'phase represents the current phase of PersistentVolumeClaim.',
      text('Pending', 'status', 'phase'),
    ),
    column(
      'Volume',
      'volumeName is the PersistentVolume backing this claim.',
      text('', 'spec', 'volumeName'),
    ),
    column('Capacity', 'capacity of the underlying volume.', text('', 'status', 'capacity', 'storage')),
    column('Access Modes', 'accessModes the volume backing the PVC has.', accessModes),
    column('StorageClass', 'The StorageClass required by the claim.', text('', 'spec', 'storageClassName')),
    column(
      'VolumeAttributesClass',
      'The VolumeAttributesClass used by the claim.',
      text('<unset>', 'spec', 'volumeAttributesClassName'),
    ),
    AGE,
    wide(
      'VolumeMode',
      'What type of volume is required by the claim.',
      text('Filesystem', 'spec', 'volumeMode'),
    ),
  ],
  Event: [
    column('Last Seen', 'The time at which the most recent occurrence of this event was recorded.', lastSeen),
    column(
      'Type',
      'Type of this event (Normal, Warning), new types could be added in the future',
      text('', 'type'),
    ),
    column(
      'Reason',
      "This should be a short, machine understandable string that gives the reason for the transition into the object's current status.",
      text('', 'reason'),
    ),
    column('Object', 'The object that this event is about.', (object) => {
      const kind = textAt(object, ['involvedObject', 'kind']).toLowerCase();
      const name = textAt(object, ['involvedObject', 'name']);
      return kind ? `${kind}/${name}` : name;
    }),
    wide(
      'Subobject',
      'The part of the object that this event is about.',
      text('', 'involvedObject', 'fieldPath'),
    ),
    wide(
      'Source',
      'The component reporting this event. Should be a short machine understandable string.',
      eventSource,
    ),
    column('Message', 'A human-readable description of the status of this operation.', (object) =>
      textAt(object, ['message']).trim(),
    ),
    wide('First Seen', 'The time at which the event was first recorded.', firstSeen),
    wide('Count', 'The number of times this event has occurred.', eventCount),
    { ...NAME_COLUMN, priority: 1 },
  ],
  Lease: [
    NAME_COLUMN,
    column(
      'Holder',
      'holderIdentity contains the identity of the holder of a current lease.',
      text('', 'spec', 'holderIdentity'),
    ),
    AGE,
  ],
  Ingress: [
    NAME_COLUMN,
    column(
      'Class',
      'The name of the IngressClass resource that should be used for additional configuration',
      text('<none>', 'spec', 'ingressClassName'),
    ),
    column('Hosts', 'Hosts that incoming requests are matched against before the ingress rule', ingressHosts),
    column('Address', 'Address is a list containing ingress points for the load-balancer', (object) =>
      loadBalancers(object).join(','),
    ),
    column('Ports', 'Ports of TLS configurations that open', (object) =>
      countAt(object, ['spec', 'tls']) > 0 ? '80, 443' : '80',
    ),
    AGE,
  ],
  NetworkPolicy: [
    NAME_COLUMN,
    column(
      'Pod-Selector',
      'podSelector selects the pods to which this policy applies.',
      selectorAt('spec', 'podSelector'),
    ),
    AGE,
  ],
  PodDisruptionBudget: [
    NAME_COLUMN,
    column(
      'Min Available',
      'The minimum number of pods that must be available.',
      text('N/A', 'spec', 'minAvailable'),
    ),
    column(
      'Max Unavailable',
      'The maximum number of pods that can be unavailable.',
      text('N/A', 'spec', 'maxUnavailable'),
    ),
    column(
      'Allowed Disruptions',
      'Calculated number of pods that may be disrupted at this time.',
      count('status', 'disruptionsAllowed'),
      'integer',
    ),
    AGE,
  ],
  EndpointSlice: [
    NAME_COLUMN,
    column(
      'AddressType',
      'addressType specifies the type of address carried by this EndpointSlice.',
      text('', 'addressType'),
    ),
    column(
      'Ports',
      'ports specifies the list of network ports exposed by each endpoint in this slice.',
      slicePorts,
    ),
    column('Endpoints', 'endpoints is a list of unique endpoints in this slice.', sliceAddresses),
    AGE,
  ],
  ...WORKLOAD_COLUMNS,
  Role: ROLE,
  ClusterRole: ROLE,
  RoleBinding: BINDING,
  ClusterRoleBinding: BINDING,
  CustomResourceDefinition: ROLE,
};
