// The reference: a process that keeps every TinyNode of the cluster in the cache of @kubernetes/client-node.
import {
  CustomObjectsApi,
  KubeConfig,
  type KubernetesListObject,
  type KubernetesObject,
  makeInformer,
} from '@kubernetes/client-node';
import { API_GROUP as group, API_VERSION as version, TINY_NODE, type TinyNode } from '@tinysystems/api';
import { NAMESPACE as namespace } from './nodes.ts';
import { reportCache } from './report-cache.ts';

const [kubeconfig = ''] = process.argv.slice(2);
const { plural } = TINY_NODE;
const report = reportCache();
const config = new KubeConfig();
config.loadFromFile(kubeconfig);
const api = config.makeApiClient(CustomObjectsApi);
const informer = makeInformer(
  config,
  `/apis/${group}/${version}/namespaces/${namespace}/${plural}`,
  async () =>
    (await api.listNamespacedCustomObject({
      group,
      version,
      namespace,
      plural,
    })) as KubernetesListObject<KubernetesObject>,
);
process.once('disconnect', () => process.exit());
informer.on('update', (node) => report.changed(node as unknown as TinyNode));
informer.on('error', (error) => {
  throw error;
});
await informer.start();
report.synced(informer.list(namespace)?.length ?? 0);
