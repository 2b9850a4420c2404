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
  /** Where a pod finds its credentials. */
  readonly serviceAccountDirectory?: string;
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
  if (existsSync(join(directory, 'token'))) return inClusterConfig(directory);
  throw new Error(
    `No cluster found: neither ${fallback} nor ${directory}/token exists. Name a kubeconfig file, or run in a pod with a service account.`,
  );
}

function inClusterConfig(directory: string): ClusterConfig {
  return {
    // Every cluster resolves this name and has it in its server certificate.
    server: 'https://kubernetes.default.svc',
    namespace: readFileSync(join(directory, 'namespace'), 'utf8').trim(),
    ca: readFileSync(join(directory, 'ca.crt'), 'utf8'),
    authorization: fileToken(join(directory, 'token')),
  };
}
