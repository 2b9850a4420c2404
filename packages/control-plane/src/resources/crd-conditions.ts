import { isJsonObject, type JsonObject, type JsonValue } from '../json.ts';
import { objectsAt, stringAt, stringsAt, type KubeObject } from '../kube-object.ts';

/** Keeps a CRD until its objects are gone. */
export const CRD_CLEANUP_FINALIZER = 'customresourcecleanup.apiextensions.k8s.io';

/** Fills in names, defaults and the status that a real server's controllers would write a moment later. */
export function prepareCrd(crd: KubeObject, old: KubeObject | undefined): KubeObject {
  const spec = withDefaults(isJsonObject(crd['spec']) ? crd['spec'] : {});
  const finalizers = old
    ? crd.metadata.finalizers
    : [...(crd.metadata.finalizers ?? []), CRD_CLEANUP_FINALIZER];
  const metadata = finalizers ? { ...crd.metadata, finalizers } : crd.metadata;
  return { ...crd, metadata, spec, status: statusOf(crd, spec, old) };
}

function withDefaults(spec: JsonObject): JsonObject {
  const names = isJsonObject(spec['names']) ? spec['names'] : {};
  const kind = stringAt(names, 'kind') ?? '';
  return {
    conversion: { strategy: 'None' },
    ...spec,
    names: { listKind: `${kind}List`, singular: kind.toLowerCase(), ...names },
  };
}

function statusOf(crd: KubeObject, spec: JsonObject, old: KubeObject | undefined): JsonObject {
  const since = old?.metadata.creationTimestamp ?? crd.metadata.creationTimestamp ?? '';
  const storage = objectsAt(spec, 'versions').find((version) => version['storage'] === true);
  const stored = new Set(stringsAt(old ?? null, 'status', 'storedVersions'));
  if (storage) stored.add(stringAt(storage, 'name') ?? '');
  const accepted = condition('NamesAccepted', since, 'NoConflicts', 'no conflicts found');
  const established = condition(
    'Established',
    since,
    'InitialNamesAccepted',
    'the initial names have been accepted',
  );
  const terminating = objectsAt(crd, 'status', 'conditions').filter((item) => item['type'] === 'Terminating');
  return {
    conditions: [accepted, established, ...terminating],
    acceptedNames: spec['names'] ?? {},
    storedVersions: [...stored],
  };
}

function condition(type: string, since: string, reason: string, message: string): JsonValue & JsonObject {
  return { type, status: 'True', lastTransitionTime: since, reason, message };
}

/** The condition of a CRD whose objects are being deleted. */
export function withTerminating(crd: KubeObject, time: string): KubeObject {
  const message = 'CustomResource deletion is in progress';
  const terminating = condition('Terminating', time, 'InstanceDeletionInProgress', message);
  const status = isJsonObject(crd['status']) ? crd['status'] : {};
  const others = objectsAt(status, 'conditions').filter((item) => item['type'] !== 'Terminating');
  return { ...crd, status: { ...status, conditions: [...others, terminating] } };
}
