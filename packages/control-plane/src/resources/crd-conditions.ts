import { jsonEqual, type JsonObject } from '../json.ts';
import { objectsAt, stringAt, stringsAt, type KubeObject } from '../kube-object.ts';

/** Keeps a definition that is being deleted until its objects are gone. */
export const CRD_CLEANUP_FINALIZER = 'customresourcecleanup.apiextensions.k8s.io';

/** One entry of `status.conditions` of a CustomResourceDefinition, without its time. */
export interface CrdCondition {
  readonly type: string;
  readonly status: 'True' | 'False';
  readonly reason: string;
  readonly message: string;
}

/** What the conditions of a definition are when its names are, or are not, in use. */
export function nameConditions(crd: KubeObject, conflict: CrdCondition | undefined): readonly CrdCondition[] {
  if (!conflict) return [NAMES_ACCEPTED, ESTABLISHED];
  const wasEstablished = objectsAt(crd, 'status', 'conditions').some(
    ({ type, status }) => type === 'Established' && status === 'True',
  );
  return [conflict, wasEstablished ? ESTABLISHED : NOT_ESTABLISHED];
}

/** Whether the definition was refused for its names. */
export function hasRefusedNames(crd: KubeObject): boolean {
  return objectsAt(crd, 'status', 'conditions').some(
    ({ type, status }) => type === 'Established' && status === 'False',
  );
}

/** The definition with these conditions; one that has not changed keeps its time. */
export function withConditions(
  crd: KubeObject,
  conditions: readonly CrdCondition[],
  time: string,
): KubeObject {
  const known = objectsAt(crd, 'status', 'conditions');
  const kept = known.filter(({ type }) => !conditions.some((condition) => condition.type === type));
  const next = conditions.map(({ type, status, reason, message }) => {
    const old = known.find((condition) => condition['type'] === type);
    const lastTransitionTime =
      old?.['status'] === status ? (stringAt(old, 'lastTransitionTime') ?? time) : time;
    return { type, status, lastTransitionTime, reason, message };
  });
  return { ...crd, status: { ...statusOf(crd), conditions: [...next, ...kept].toSorted(byStage) } };
}

/** A new definition before anybody has looked at its names. */
export function prepareCrd(crd: KubeObject, old: KubeObject | undefined): KubeObject {
  const storage = objectsAt(crd, 'spec', 'versions').find((version) => version['storage'] === true);
  const stored = new Set(stringsAt(old, 'status', 'storedVersions'));
  if (storage) stored.add(stringAt(storage, 'name') ?? '');
  const initial = { conditions: null, acceptedNames: { plural: '', kind: '' } };
  return { ...crd, status: { ...(old ? statusOf(crd) : initial), storedVersions: [...stored] } };
}

/** A definition that is to be deleted, when its objects will be, and kept until they are. */
export function withDeletionPending(crd: KubeObject, time: string): KubeObject {
  const message = 'CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon';
  const pending = withConditions(crd, [terminating('InstanceDeletionPending', message)], time);
  const finalizers = new Set(crd.metadata.finalizers).add(CRD_CLEANUP_FINALIZER);
  return { ...pending, metadata: { ...crd.metadata, finalizers: [...finalizers] } };
}

/** A definition whose objects are being deleted. */
export function withDeletionInProgress(crd: KubeObject, time: string): KubeObject {
  const message = 'CustomResource deletion is in progress';
  return withConditions(crd, [terminating('InstanceDeletionInProgress', message)], time);
}

/** The names that a definition is known by. */
export function acceptedNames(crd: KubeObject): JsonObject {
  return (statusOf(crd)['acceptedNames'] ?? {}) as JsonObject;
}

/** The definition under these names. */
export function withAcceptedNames(crd: KubeObject, names: JsonObject): KubeObject {
  if (jsonEqual(acceptedNames(crd), names)) return crd;
  return { ...crd, status: { ...statusOf(crd), acceptedNames: names } };
}

const NAMES_ACCEPTED: CrdCondition = {
  type: 'NamesAccepted',
  status: 'True',
  reason: 'NoConflicts',
  message: 'no conflicts found',
};
const ESTABLISHED: CrdCondition = {
  type: 'Established',
  status: 'True',
  reason: 'InitialNamesAccepted',
  message: 'the initial names have been accepted',
};
const NOT_ESTABLISHED: CrdCondition = {
  type: 'Established',
  status: 'False',
  reason: 'NotAccepted',
  message: 'not all names are accepted',
};
const STAGES = ['NamesAccepted', 'Established', 'Terminating'];

function terminating(reason: string, message: string): CrdCondition {
  return { type: 'Terminating', status: 'True', reason, message };
}

function byStage(a: JsonObject, b: JsonObject): number {
  const stage = (condition: JsonObject): number => STAGES.indexOf(stringAt(condition, 'type') ?? '');
  return stage(a) - stage(b);
}

function statusOf(crd: KubeObject): JsonObject {
  return (crd['status'] ?? {}) as JsonObject;
}
