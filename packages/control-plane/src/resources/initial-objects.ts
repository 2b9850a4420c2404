import type { ObjectStore } from '../storage/object-store.ts';
import type { Registry } from './registry.ts';
import type { Writer } from './writer.ts';

const NAMESPACES = ['default', 'kube-system'];

/** Makes the namespaces that every cluster has, unless they are there. */
export async function createInitialObjects(
  writer: Writer,
  registry: Registry,
  store: ObjectStore,
): Promise<void> {
  const resource = registry.find('', 'v1', 'namespaces');
  if (!resource) throw new Error('The kind Namespace is not built in.');
  for (const name of NAMESPACES) {
    if (store.get('namespaces', name)) continue;
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
    await writer.create(resource, undefined, namespace, {
      isDryRun: false,
      isPatch: false,
      fieldValidation: 'Ignore',
      fieldManager: 'control-plane',
    });
  }
}
