import { existsSync } from 'node:fs';
import { parseJson, stringifyJson } from '@tinysystems/core';
import { Client, loadClusterConfig } from '@tinysystems/kubernetes';
import { Option } from 'commander';

const LOCAL_KUBECONFIG = '.tinysystems/kubeconfig';

/** Which cluster and namespace a command works on. */
export interface ClusterOptions {
  readonly kubeconfig?: string;
  readonly namespace?: string;
}

/** A namespace of a cluster, open for a command. */
export interface ClusterAccess extends AsyncDisposable {
  readonly client: Client;
  readonly namespace: string;
  /** The file that it was read from, where that is known. */
  readonly kubeconfig: string | undefined;
}

/** The options of every command that works on a cluster. */
export function clusterOptions(): readonly Option[] {
  return [
    new Option('-n, --namespace <name>', 'the namespace; default: the kubeconfig’s'),
    new Option('--kubeconfig <file>', 'default: .tinysystems/kubeconfig, else ~/.kube/config').env(
      'KUBECONFIG',
    ),
  ];
}

/** Opens the cluster of a kubeconfig: the one named, else the one that `dev` wrote here, else the user's. */
export function openCluster(options: ClusterOptions): ClusterAccess {
  const kubeconfig = options.kubeconfig ?? (existsSync(LOCAL_KUBECONFIG) ? LOCAL_KUBECONFIG : undefined);
  const config = loadClusterConfig({ kubeconfig });
  const client = new Client({
    config,
    userAgent: 'tinysystems-cli',
    codec: { parse: parseJson, stringify: stringifyJson },
  });
  return {
    client,
    namespace: options.namespace ?? config.namespace ?? 'default',
    kubeconfig,
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  };
}
