import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { ClusterConfig } from './cluster-config.ts';
import { fileToken } from './credentials.ts';
import { readKubeconfig } from './kubeconfig.ts';

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/** Where to look. */
export interface LoadClusterConfigOptions {
  /** Use this kubeconfig file and nothing else. */
  readonly kubeconfig?: string | undefined;
  /** Where to look for `.kube/config`. Default: the user's home. */
  readonly homeDirectory?: string;
  /** Where a pod finds its credentials. Default: where Kubernetes mounts them. */
  readonly serviceAccountDirectory?: string;
  /** A pod's environment, for the address of the API server. Default: its name in the cluster's DNS. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/**
 * Finds the cluster: the given kubeconfig file, else `~/.kube/config`, else the cluster this pod runs in.
 *
 * @throws Error naming the files that were looked for.
 */
export function loadClusterConfig(options: LoadClusterConfigOptions = {}): ClusterConfig {
  if (options.kubeconfig !== undefined) return readKubeconfig(options.kubeconfig);
  const fallback = join(options.homeDirectory ?? homedir(), '.kube', 'config');
  if (existsSync(fallback)) return readKubeconfig(fallback);
  const directory = options.serviceAccountDirectory ?? SERVICE_ACCOUNT;
  if (existsSync(join(directory, 'token'))) return inClusterConfig(directory, options.environment);
  throw new Error(
    `No cluster found: neither ${fallback} nor ${directory}/token exists. Name a kubeconfig file, or run in a pod with a service account.`,
  );
}

function inClusterConfig(
  directory: string,
  environment: LoadClusterConfigOptions['environment'] = {},
): ClusterConfig {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port = '443' } = environment;
  return {
    // Both are in every API server's certificate. The name needs a pod that asks the cluster's DNS.
    server: host === undefined ? 'https://kubernetes.default.svc' : `https://${bracketed(host)}:${port}`,
    namespace: readFileSync(join(directory, 'namespace'), 'utf8').trim(),
    ca: readFileSync(join(directory, 'ca.crt'), 'utf8'),
    authorization: fileToken(join(directory, 'token')),
  };
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
