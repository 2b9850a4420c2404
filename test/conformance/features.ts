import type { ClusterConfig } from '@tinysystems/kubernetes';

import { defineKind } from './define-kind.ts';
import { MERGE, RawClient } from './raw-client.ts';
import { CRDS, GROUP, widget, WIDGET_CRD } from './widget.ts';

const WIDGETS = `/apis/${GROUP}/v1/namespaces/default/widgets`;

/** Something that not every Kubernetes server has. */
export type Need = keyof typeof FEATURES;

interface Feature {
  /** What a server lacks without it, and since when Kubernetes has it. */
  readonly lack: string;
  readonly isThere: (client: RawClient) => Promise<boolean>;
}

/** What servers differ in, and how to find out. Asking changes nothing that stays. */
export const FEATURES = {
  cel: {
    lack: 'it ignores x-kubernetes-validations (Kubernetes 1.25)',
    isThere: (client) => keeps(client, 'x-kubernetes-validations'),
  },
  selectableFields: {
    lack: 'it ignores selectableFields of a kind (Kubernetes 1.31)',
    isThere: (client) => keeps(client, 'selectableFields'),
  },
  fieldValidation: {
    lack: 'it ignores fieldValidation for custom resources (Kubernetes 1.25)',
    isThere: async (client) => {
      const misspelt = widget(undefined, { size: 1, sise: 2 }, { generateName: 'conformance-' });
      return (await client.post(`${WIDGETS}?dryRun=All&fieldValidation=Strict`, misspelt)).status === 400;
    },
  },
  watchList: {
    lack: 'it ignores sendInitialEvents (Kubernetes 1.27)',
    // Refused for want of a resourceVersionMatch, where it is known; else a watch that sees nothing.
    isThere: async (client) => {
      const query = 'watch=1&sendInitialEvents=true&timeoutSeconds=1&fieldSelector=metadata.name%3Dnone';
      return (await client.get(`${CRDS}?${query}`)).status === 422;
    },
  },
  aggregatedDiscovery: {
    lack: 'it lists its kinds group by group only (aggregated discovery: Kubernetes 1.26)',
    isThere: async (client) => {
      const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json';
      const { headers } = await client.get('/apis', { accept });
      return headers['content-type']?.includes('APIGroupDiscoveryList') === true;
    },
  },
  openapi: {
    lack: 'it publishes no schema of custom kinds',
    isThere: async (client) => {
      const { status, body } = await client.get('/openapi/v3');
      return status === 404 || hasCustomKinds(body);
    },
  },
  openapiV3: {
    lack: 'it publishes no OpenAPI v3 of custom kinds (Kubernetes 1.23)',
    isThere: async (client) => hasCustomKinds((await client.get('/openapi/v3')).body),
  },
  selfSubjectReview: {
    lack: 'it cannot say who one is (SelfSubjectReview: Kubernetes 1.28)',
    isThere: (client) => serves(client, 'authentication.k8s.io/v1', 'selfsubjectreviews'),
  },
  policyV1: {
    lack: 'it has no policy/v1 (Kubernetes 1.21)',
    isThere: (client) => serves(client, 'policy/v1', 'poddisruptionbudgets'),
  },
  subresourceOwners: {
    lack: 'its managedFields do not tell subresources apart (Kubernetes 1.22)',
    isThere: async (client) => {
      const { body } = await client.post(
        WIDGETS,
        widget(undefined, { size: 1 }, { generateName: 'conformance-' }),
      );
      const path = `${WIDGETS}/${body.metadata.name}`;
      const written = await client.patch(`${path}/status`, MERGE, { status: { phase: 'Asked' } });
      await client.delete(path);
      return written.body.metadata.managedFields.some(({ subresource }: any) => subresource === 'status');
    },
  },
  plainNotFound: {
    lack: 'it answers an unknown path with the list of all paths',
    isThere: async (client) => (await client.get('/no/such/path')).text.startsWith('404'),
  },
  presentWording: {
    lack: 'it words some refusals as earlier versions did',
    isThere: async (client) => {
      const path = `${CRDS}/${WIDGET_CRD.metadata.name}?dryRun=All`;
      return (await client.put(path, WIDGET_CRD)).text.includes('Invalid value: 0:');
    },
  },
  presentBuiltIns: {
    lack: 'its built-in kinds look and speak as in earlier versions (columns of jobs: Kubernetes 1.31)',
    isThere: async (client) => {
      const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io';
      const { body } = await client.get('/apis/batch/v1/namespaces/default/jobs', { accept });
      return body.columnDefinitions.some(({ name }: { name: string }) => name === 'Status');
    },
  },
  garbageCollector: {
    lack: 'no garbage collector runs beside it',
    isThere: collectsGarbage,
  },
} satisfies Readonly<Record<string, Feature>>;

/** What the server lacks, with the reason for people. */
export async function lacksOf(config: ClusterConfig): Promise<ReadonlyMap<Need, string>> {
  await using client = new RawClient(config);
  await defineKind(client, WIDGET_CRD);
  const asked = Object.entries(FEATURES).map(async ([need, { lack, isThere }]) => {
    return (await isThere(client)) ? [] : [[need as Need, lack] as const];
  });
  return new Map((await Promise.all(asked)).flat());
}

const EXAMPLE = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'features.conformance.example.com' },
  spec: {
    group: 'conformance.example.com',
    scope: 'Namespaced',
    names: { plural: 'features', kind: 'Feature' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        selectableFields: [{ jsonPath: '.size' }],
        schema: {
          openAPIV3Schema: {
            type: 'object',
            'x-kubernetes-validations': [{ rule: 'true' }],
            properties: { size: { type: 'string' } },
          },
        },
      },
    ],
  },
};

/** Whether a field of a definition is still there when the server answers. */
async function keeps(client: RawClient, field: string): Promise<boolean> {
  const { status, text } = await client.post(`${CRDS}?dryRun=All`, EXAMPLE);
  if (status !== 201) throw new Error(`The server refused to try a kind: ${text}`);
  return text.includes(`"${field}"`);
}

/** A server of custom resources that stands alone describes itself, and not them. */
function hasCustomKinds(index: any): boolean {
  return index?.paths?.['api/v1'] !== undefined;
}

async function serves(client: RawClient, groupVersion: string, resource: string): Promise<boolean> {
  const { body } = await client.get(`/apis/${groupVersion}`);
  return body?.resources?.some(({ name }: { name: string }) => name === resource) === true;
}

const COLLECTION_MS = 10_000;

/** An owner that is deleted in the foreground goes when the collector says so. */
async function collectsGarbage(client: RawClient): Promise<boolean> {
  const collection = '/api/v1/namespaces/default/configmaps';
  const metadata = { generateName: 'conformance-' };
  const { body } = await client.post(collection, { metadata });
  const path = `${collection}/${body.metadata.name}`;
  await client.delete(path, { propagationPolicy: 'Foreground' });
  const deadline = performance.now() + COLLECTION_MS;
  while (performance.now() < deadline) if ((await client.get(path)).status === 404) return true;
  await client.patch(path, MERGE, { metadata: { finalizers: null } });
  return false;
}
