import { isJsonObject, memberAt, type JsonObject, type JsonValue } from '../json.ts';
import { objectsAt, stringAt, stringsAt, type KubeObject } from '../kube-object.ts';
import { age, countAt, numberAt, textAt } from './columns.ts';

/** `ready/desired`. */
export function readyReplicas(object: KubeObject): string {
  return `${numberAt(object, 'status', 'readyReplicas')}/${textAt(object, ['spec', 'replicas'], '1')}`;
}

/** The containers of a pod template, as a list of `member`. */
export function containers(
  member: 'name' | 'image',
  ...path: readonly string[]
): (object: KubeObject) => string {
  return (object) =>
    joined(objectsAt(object, ...path, 'containers').map((item) => stringAt(item, member) ?? ''));
}

/** A label selector in the notation of the command line. */
export function selectorAt(...path: readonly string[]): (object: KubeObject) => string {
  return (object) => {
    const selector = memberAt(object, path);
    if (!isJsonObject(selector)) return '<none>';
    const isPlain = selector['matchLabels'] === undefined && selector['matchExpressions'] === undefined;
    const labels = Object.entries(isPlain ? selector : ((selector['matchLabels'] ?? {}) as JsonObject));
    const terms = labels.map(([key, value]) => `${key}=${typeof value === 'string' ? value : ''}`);
    return joined([...terms.toSorted(), ...objectsAt(selector, 'matchExpressions').map(expression)]);
  };
}

/** What kubectl calls the status of a pod. */
export function podStatus(object: KubeObject): string {
  if (object.metadata.deletionTimestamp !== undefined) return 'Terminating';
  const statuses = [
    ...objectsAt(object, 'status', 'initContainerStatuses').filter((status) => !isDone(status)),
    ...objectsAt(object, 'status', 'containerStatuses'),
  ];
  const reasons = statuses.map((status) => {
    return (
      stringAt(status, 'state', 'waiting', 'reason') ?? stringAt(status, 'state', 'terminated', 'reason')
    );
  });
  const found = reasons.find((reason) => reason !== undefined && reason !== '');
  return found ?? textAt(object, ['status', 'reason'], textAt(object, ['status', 'phase'], 'Pending'));
}

/** How many containers of a pod are ready. */
export function podReady(object: KubeObject): string {
  const ready = objectsAt(object, 'status', 'containerStatuses').filter((status) => status['ready'] === true);
  return `${ready.length}/${countAt(object, ['spec', 'containers'])}`;
}

/** How often containers of a pod were started again. */
export function podRestarts(object: KubeObject): string {
  const counts = objectsAt(object, 'status', 'containerStatuses').map((status) =>
    Number(status['restartCount'] ?? 0),
  );
  return String(counts.reduce((sum, count) => sum + count, 0));
}

/** How many readiness gates of a pod are open. */
export function readinessGates(object: KubeObject): string {
  const gates = objectsAt(object, 'spec', 'readinessGates').map((gate) => stringAt(gate, 'conditionType'));
  const open = objectsAt(object, 'status', 'conditions').filter(
    ({ type, status }) => gates.includes(type as string) && status === 'True',
  );
  return gates.length === 0 ? '<none>' : `${open.length}/${gates.length}`;
}

/** Under which addresses a service is reached from outside. */
export function externalAddress(object: KubeObject): string {
  const own = stringsAt(object, 'spec', 'externalIPs');
  switch (textAt(object, ['spec', 'type'])) {
    case 'ExternalName':
      return textAt(object, ['spec', 'externalName']);
    case 'LoadBalancer':
      return [...loadBalancers(object), ...own].join(',') || '<pending>';
    default:
      return joined(own);
  }
}

/** The addresses of the load balancers in a status. */
export function loadBalancers(object: KubeObject): readonly string[] {
  return objectsAt(object, 'status', 'loadBalancer', 'ingress').map(
    (entry) => stringAt(entry, 'ip') ?? stringAt(entry, 'hostname') ?? '',
  );
}

/** The ports of a service. */
export function servicePorts(object: KubeObject): string {
  const ports = objectsAt(object, 'spec', 'ports').map((port) => {
    const node = port['nodePort'] === undefined ? '' : `:${Number(port['nodePort'])}`;
    return `${Number(port['port'])}${node}/${stringAt(port, 'protocol') ?? 'TCP'}`;
  });
  return joined(ports);
}

/** How much of a job is done. */
export function completions(object: KubeObject): string {
  const done = numberAt(object, 'status', 'succeeded');
  const wanted = memberAt(object, ['spec', 'completions']);
  if (typeof wanted === 'number') return `${done}/${wanted}`;
  const parallelism = numberAt(object, 'spec', 'parallelism');
  return parallelism > 1 ? `${done}/1 of ${parallelism}` : `${done}/1`;
}

/** What has become of a job. */
export function jobStatus(object: KubeObject): string {
  const types = ['Complete', 'Failed', 'SuccessCriteriaMet', 'FailureTarget', 'Suspended'];
  const held = objectsAt(object, 'status', 'conditions').filter(({ status }) => status === 'True');
  const found = types.find((type) => held.some((condition) => condition['type'] === type));
  const isOver = found !== undefined && found !== 'Suspended';
  if (!isOver && object.metadata.deletionTimestamp !== undefined) return 'Terminating';
  return found ?? 'Running';
}

/** How long a job took, or has been going on. */
export function jobDuration(object: KubeObject, nowMs: number): string {
  const started = stringAt(object, 'status', 'startTime');
  if (started === undefined) return '';
  const ended = stringAt(object, 'status', 'completionTime');
  return age(started, ended === undefined ? nowMs : Date.parse(ended));
}

/** What an autoscaler compares, current and wanted. */
export function metricTargets(object: KubeObject): string {
  const metrics = objectsAt(object, 'spec', 'metrics');
  const shown = metrics.map((metric, index) => {
    const resource = stringAt(metric, 'resource', 'name') ?? stringAt(metric, 'type') ?? '';
    const wanted = memberAt(metric, ['resource', 'target', 'averageUtilization']);
    const status = objectsAt(object, 'status', 'currentMetrics')[index];
    const current = memberAt(status, ['resource', 'current', 'averageUtilization']);
    const percent = (value: JsonValue | undefined): string =>
      typeof value === 'number' ? `${value}%` : '<unknown>';
    return `${resource}: ${percent(current)}/${percent(wanted)}`;
  });
  return joined(shown);
}

/** The hosts of an ingress. */
export function ingressHosts(object: KubeObject): string {
  const hosts = objectsAt(object, 'spec', 'rules').map((rule) => stringAt(rule, 'host') ?? '*');
  return hosts.length > 3
    ? `${hosts.slice(0, 3).join(',')} + ${hosts.length - 3} more...`
    : hosts.join(',') || '*';
}

/** The ports of an endpoint slice. */
export function slicePorts(object: KubeObject): string {
  const ports = objectsAt(object, 'ports').map((port) => textAt(port as KubeObject, ['port'], '*'));
  return ports.join(',') || '<unset>';
}

/** The addresses of an endpoint slice. */
export function sliceAddresses(object: KubeObject): string {
  const addresses = objectsAt(object, 'endpoints').flatMap((endpoint) => stringsAt(endpoint, 'addresses'));
  const more = addresses.length > 3 ? ` + ${addresses.length - 3} more...` : '';
  return `${addresses.slice(0, 3).join(',')}${more}` || '<unset>';
}

/** Whom a binding is for. */
export function subjects(kind: string): (object: KubeObject) => string {
  return (object) =>
    objectsAt(object, 'subjects')
      .filter((subject) => subject['kind'] === kind)
      .map((subject) => [stringAt(subject, 'namespace'), stringAt(subject, 'name')].filter(Boolean).join('/'))
      .join(', ');
}

/** How volumes may be mounted, in short. */
export function accessModes(object: KubeObject): string {
  const short: Readonly<Record<string, string>> = {
    ReadWriteOnce: 'RWO',
    ReadOnlyMany: 'ROX',
    ReadWriteMany: 'RWX',
    ReadWriteOncePod: 'RWOP',
  };
  const modes = stringsAt(object, 'status', 'accessModes');
  return modes.map((mode) => short[mode] ?? mode).join(',');
}

/** Who has reported an event. */
export function eventSource(object: KubeObject): string {
  const { source } = object;
  const component = stringAt(source, 'component') || textAt(object, ['reportingComponent']);
  return [component, stringAt(source, 'host')].filter(Boolean).join(', ');
}

/** When an event was last seen; one that is a series says how often. */
export function lastSeen(object: KubeObject, nowMs: number): string {
  const time = stringAt(object, 'series', 'lastObservedTime') ?? stringAt(object, 'lastTimestamp');
  return age(time ?? firstTime(object), nowMs);
}

/** When an event was first seen. */
export function firstSeen(object: KubeObject, nowMs: number): string {
  return age(firstTime(object), nowMs);
}

/** How often an event was seen. */
export function eventCount(object: KubeObject): number {
  return numberAt(object, 'series', 'count') || numberAt(object, 'count') || 1;
}

function firstTime(object: KubeObject): string | undefined {
  return stringAt(object, 'firstTimestamp') ?? stringAt(object, 'eventTime');
}

function isDone(status: JsonObject): boolean {
  return memberAt(status, ['state', 'terminated', 'exitCode']) === 0;
}

function expression(term: JsonObject): string {
  const [key, operator] = [stringAt(term, 'key') ?? '', stringAt(term, 'operator') ?? ''];
  if (operator === 'Exists') return key;
  if (operator === 'DoesNotExist') return `!${key}`;
  return `${key} ${operator.toLowerCase()} (${stringsAt(term, 'values').join(',')})`;
}

function joined(parts: readonly string[]): string {
  return parts.length > 0 ? parts.join(',') : '<none>';
}
