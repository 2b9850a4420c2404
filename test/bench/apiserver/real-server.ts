import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadClusterConfig } from '@tinysystems/kubernetes';
import { KUBERNETES, cacheFolder, cachedPrograms } from '../../../tools/real-kubernetes/builds.ts';
import { startRealServer as start } from '../../../tools/real-kubernetes/real-servers.ts';
import type { ApiServer } from './api-server.ts';

/**
 * A real kube-apiserver with an etcd that flushes before it answers, as ours does; `undefined` where
 * `npm run conformance:real` has not built one yet.
 */
export async function startRealServer(): Promise<ApiServer | undefined> {
  const kubernetes = await cachedPrograms(KUBERNETES, cacheFolder(process.env));
  if (kubernetes === undefined) return undefined;
  await using started = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'bench-real-'));
  started.defer(() => rm(folder, { recursive: true, force: true }));
  const signal = new AbortController().signal;
  const options = { kubernetes, folder, hasControllers: false, isDurable: true, signal };
  const { kubeconfig } = started.use(await start(options));
  const resources = started.move();
  return {
    config: loadClusterConfig({ kubeconfig }),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}
