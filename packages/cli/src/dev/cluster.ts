import {
  CRDS,
  TINY_FLOW,
  TINY_MODULE,
  TINY_NODE,
  TINY_PROJECT,
  TINY_SIGNAL,
  TINY_TRACKER,
  type TinyFlow,
  type TinyModule,
  type TinyNode,
  type TinySignal,
} from '@tinysystems/api';
import {
  ApiError,
  type Client,
  type KubeObject,
  type ResourceType,
  resourceType,
} from '@tinysystems/kubernetes';

export const NODES = resourceType<TinyNode>(TINY_NODE);
export const MODULES = resourceType<TinyModule>(TINY_MODULE);
export const FLOWS = resourceType<TinyFlow>(TINY_FLOW);
export const SIGNALS = resourceType<TinySignal>(TINY_SIGNAL);

const CRD_TYPE = resourceType<KubeObject>({
  group: 'apiextensions.k8s.io',
  version: 'v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  namespaced: false,
});
const NAMESPACE_TYPE = resourceType<KubeObject>({
  group: '',
  version: 'v1',
  kind: 'Namespace',
  plural: 'namespaces',
  namespaced: false,
});
const KINDS = [TINY_PROJECT, TINY_FLOW, TINY_MODULE, TINY_NODE, TINY_SIGNAL, TINY_TRACKER];

/** Who our writes are by, for server-side apply. */
export const FIELD_MANAGER = 'tinysystems';

/** The resource type of one of our kinds; `undefined` for any other. */
export function typeOfKind(kind: string | undefined): ResourceType<KubeObject> | undefined {
  const names = KINDS.find((known) => known.kind === kind);
  return names === undefined ? undefined : resourceType<KubeObject>(names);
}

/** Applies the six CRDs. */
export async function applyCrds(client: Client, signal: AbortSignal): Promise<void> {
  const crds = client.resource(CRD_TYPE);
  await Promise.all(CRDS.map((crd) => crds.apply(crd, { fieldManager: FIELD_MANAGER, force: true, signal })));
}

/** Makes the namespace, if it is not there. */
export async function ensureNamespace(client: Client, name: string, signal: AbortSignal): Promise<void> {
  try {
    await client.resource(NAMESPACE_TYPE).create({ metadata: { name } }, { signal });
  } catch (error) {
    if (!ApiError.isAlreadyExists(error)) throw error;
  }
}
