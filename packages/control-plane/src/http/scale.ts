import { isJsonObject, memberAt, type JsonObject, type JsonValue } from '../json.ts';
import type { KubeObject } from '../kube-object.ts';
import type { ScalePaths } from '../resources/definition.ts';

/** The Scale of an object that has replicas. */
export function scaleOf(object: KubeObject, paths: ScalePaths): KubeObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const selector = paths.labelSelector && memberAt(object, paths.labelSelector);
  return {
    apiVersion: 'autoscaling/v1',
    kind: 'Scale',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp } as KubeObject['metadata'],
    spec: { replicas: numberAt(object, paths.specReplicas) },
    status: {
      replicas: numberAt(object, paths.statusReplicas),
      ...(typeof selector === 'string' && selector !== '' && { selector }),
    },
  };
}

/** The object with the replicas that a Scale asks for. */
export function withScale(object: KubeObject, scale: JsonObject, paths: ScalePaths): JsonObject {
  const replicas = memberAt(scale, ['spec', 'replicas']) ?? 0;
  const wanted = memberAt(scale, ['metadata', 'resourceVersion']);
  const scaled = setAt(object, paths.specReplicas, replicas) as JsonObject;
  if (typeof wanted !== 'string') return scaled;
  return { ...scaled, metadata: { ...object.metadata, resourceVersion: wanted } };
}

function setAt(value: JsonValue | undefined, path: readonly string[], leaf: JsonValue): JsonValue {
  const [name, ...rest] = path;
  if (name === undefined) return leaf;
  const object = isJsonObject(value) ? value : {};
  return { ...object, [name]: setAt(object[name], rest, leaf) };
}

function numberAt(object: KubeObject, path: readonly string[]): number {
  const value = memberAt(object, path);
  return typeof value === 'number' ? value : 0;
}
