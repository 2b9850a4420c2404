import { readFileSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { parse } from 'yaml';
import type { ClusterConfig } from './cluster-config.ts';
import { fileToken, fixedAuthorization, pluginAuthorization } from './credentials.ts';
import type { Authorization } from './credentials.ts';
import { withoutUndefined } from '../without-undefined.ts';

/**
 * Reads the current context of a kubeconfig file.
 *
 * @throws Error naming the file and the part that is missing or not supported.
 */
export function readKubeconfig(path: string): ClusterConfig {
  const file = readYaml(path);
  const context = named(file.contexts, file['current-context'], { path, what: 'context' }).context ?? {};
  const cluster = named(file.clusters, context.cluster, { path, what: 'cluster' }).cluster ?? {};
  const user = context.user ? (named(file.users, context.user, { path, what: 'user' }).user ?? {}) : {};
  if (!cluster.server) throw new Error(`Kubeconfig ${path}: cluster "${context.cluster}" names no server.`);
  if (cluster['proxy-url']) {
    throw new Error(
      `Kubeconfig ${path}: cluster "${context.cluster}" uses proxy-url, which is not supported.`,
    );
  }
  const read = (data: string | undefined, name: string | undefined): string | undefined =>
    data
      ? Buffer.from(data, 'base64').toString('utf8')
      : name
        ? readFileSync(resolveFrom(path, name), 'utf8')
        : undefined;
  return {
    server: cluster.server,
    ...withoutUndefined({
      namespace: context.namespace,
      ca: read(cluster['certificate-authority-data'], cluster['certificate-authority']),
      cert: read(user['client-certificate-data'], user['client-certificate']),
      key: read(user['client-key-data'], user['client-key']),
      serverName: cluster['tls-server-name'],
      insecureSkipTlsVerify: cluster['insecure-skip-tls-verify'],
    }),
    authorization: authorizationOf(user, { path, name: context.user ?? '' }),
  };
}

interface Kubeconfig {
  readonly 'current-context'?: string;
  readonly contexts?: readonly (Named & {
    readonly context?: { readonly cluster?: string; readonly user?: string; readonly namespace?: string };
  })[];
  readonly clusters?: readonly (Named & { readonly cluster?: Cluster })[];
  readonly users?: readonly (Named & { readonly user?: User })[];
}

interface Named {
  readonly name?: string;
}

interface Cluster {
  readonly server?: string;
  readonly 'certificate-authority'?: string;
  readonly 'certificate-authority-data'?: string;
  readonly 'tls-server-name'?: string;
  readonly 'insecure-skip-tls-verify'?: boolean;
  readonly 'proxy-url'?: string;
}

interface User {
  readonly token?: string;
  readonly tokenFile?: string;
  readonly username?: string;
  readonly password?: string;
  readonly 'client-certificate'?: string;
  readonly 'client-certificate-data'?: string;
  readonly 'client-key'?: string;
  readonly 'client-key-data'?: string;
  readonly exec?: object;
  readonly 'auth-provider'?: { readonly name?: string; readonly config?: Readonly<Record<string, string>> };
}

function authorizationOf(user: User, owner: { readonly path: string; readonly name: string }): Authorization {
  const provider = user['auth-provider'];
  if (user.exec) return pluginAuthorization('exec', { name: owner.name, exec: user.exec });
  if (provider?.name === 'oidc')
    return pluginAuthorization('oidc', { name: owner.name, authProvider: provider });
  if (provider) {
    throw new Error(
      `Kubeconfig ${owner.path}: user "${owner.name}" uses auth-provider "${provider.name}", which Kubernetes removed. Use an exec plugin.`,
    );
  }
  if (user.tokenFile) return fileToken(resolveFrom(owner.path, user.tokenFile));
  if (user.token) return fixedAuthorization(`Bearer ${user.token}`);
  if (user.username) {
    return fixedAuthorization(
      `Basic ${Buffer.from(`${user.username}:${user.password ?? ''}`).toString('base64')}`,
    );
  }
  return fixedAuthorization(undefined);
}

function readYaml(path: string): Kubeconfig {
  try {
    const value: unknown = parse(readFileSync(path, 'utf8'));
    return typeof value === 'object' && value !== null ? value : {};
  } catch (cause) {
    const why = (cause as Error).message;
    throw new Error(`Kubeconfig ${path} cannot be read: ${why}`, { cause });
  }
}

function named<Entry extends Named>(
  entries: readonly Entry[] | undefined,
  name: string | undefined,
  { path, what }: { readonly path: string; readonly what: string },
): Entry {
  const entry = entries?.find((candidate) => candidate.name === name);
  if (entry === undefined) throw new Error(`Kubeconfig ${path} has no ${what} "${name ?? ''}".`);
  return entry;
}

function resolveFrom(kubeconfigPath: string, name: string): string {
  return isAbsolute(name) ? name : join(dirname(kubeconfigPath), name);
}
