import type { JsonObject } from '../json.ts';
import { keyOf, stringAt } from '../kube-object.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { Registry } from './registry.ts';
import type { Writer } from './writer.ts';

/** The namespaces that every cluster has. */
export const INITIAL_NAMESPACES: readonly JsonObject[] = ['default', 'kube-system', 'kube-public'].map(
  (name) => {
    return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
  },
);

/** Where initial objects are made. */
export interface InitialObjectsOptions {
  readonly writer: Writer;
  readonly registry: Registry;
  readonly store: ObjectStore;
}

/** Makes objects of built-in kinds that are in no namespace, unless they are there. */
export async function createInitialObjects(
  objects: readonly JsonObject[],
  { writer, registry, store }: InitialObjectsOptions,
): Promise<void> {
  for (const object of objects) {
    const [version = '', group = ''] = (stringAt(object, 'apiVersion') ?? '').split('/').toReversed();
    const kind = stringAt(object, 'kind');
    const resource = registry.resources(group, version).find(({ definition }) => definition.kind === kind);
    if (!resource) throw new Error(`The kind ${kind} is not built in.`);
    const key = keyOf(undefined, stringAt(object, 'metadata', 'name') ?? '');
    if (store.get(resource.definition.storedAs, key)) continue;
    await writer.create(resource, undefined, object, {
      isDryRun: false,
      isPatch: false,
      fieldValidation: 'Ignore',
      fieldManager: 'control-plane',
      warn: () => {},
    });
  }
}
