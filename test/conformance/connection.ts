import { startControlPlane } from '@tinysystems/control-plane';
import { loadClusterConfig, type ClusterConfig } from '@tinysystems/kubernetes';
import { stringify } from 'yaml';

import { RawClient } from './raw-client.ts';

/** Somebody other than the administrator. */
export interface Identity {
  readonly user: string;
  readonly groups?: readonly string[];
}

/** The API server under test, and ways in. */
export interface Connection extends AsyncDisposable {
  /** Connects as the administrator. */
  readonly config: ClusterConfig;
  /** What a kubeconfig says of a user: the administrator, or somebody else. */
  credentials(identity?: Identity): Promise<object>;
}

/** The kubeconfig of a real server to test; without it, each suite tests a control plane of its own. */
export const REAL_KUBECONFIG = process.env['CONFORMANCE_KUBECONFIG'];

/** Finds the server that `CONFORMANCE_KUBECONFIG` names, or starts a control plane. */
export async function connect(): Promise<Connection> {
  if (REAL_KUBECONFIG === undefined) return ownServer();
  return realServer(loadClusterConfig({ kubeconfig: REAL_KUBECONFIG }));
}

/** The text of a kubeconfig for kubectl. */
export function kubeconfigText(
  { server, ca, insecureSkipTlsVerify, serverName }: ClusterConfig,
  { namespace, user }: { readonly namespace: string; readonly user: object },
): string {
  const cluster = {
    server,
    'certificate-authority-data': base64(ca),
    'insecure-skip-tls-verify': insecureSkipTlsVerify,
    'tls-server-name': serverName,
  };
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'tested', cluster }],
    users: [{ name: 'tester', user }],
    contexts: [{ name: 'test', context: { cluster: 'tested', user: 'tester', namespace } }],
    'current-context': 'test',
  });
}

async function ownServer(): Promise<Connection> {
  const plane = await startControlPlane({ rbac: true });
  const authorization = `Bearer ${plane.token}`;
  return {
    config: { server: plane.url, ca: plane.caCertificate, authorization: async () => authorization },
    credentials: async (identity) => ({
      token: identity === undefined ? plane.token : plane.issueToken(identity).token,
    }),
    [Symbol.asyncDispose]: () => plane.stop(),
  };
}

/** A ServiceAccount gets a token of its own; any other user is the administrator, who impersonates. */
function realServer(config: ClusterConfig): Connection {
  const client = new RawClient(config);
  return {
    config,
    async credentials({ user, groups } = { user: '' }) {
      const [, namespace, name] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(user) ?? [];
      if (namespace !== undefined && name !== undefined)
        return { token: await tokenOf(client, namespace, name) };
      const administrator = {
        token: (await config.authorization())?.replace(/^Bearer /, ''),
        'client-certificate-data': base64(config.cert),
        'client-key-data': base64(config.key),
      };
      return user === '' ? administrator : { ...administrator, as: user, 'as-groups': groups };
    },
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  };
}

async function tokenOf(client: RawClient, namespace: string, name: string): Promise<string> {
  const accounts = `/api/v1/namespaces/${namespace}/serviceaccounts`;
  await client.post(accounts, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name } });
  const { body, text } = await client.post(`${accounts}/${name}/token`, {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: {},
  });
  if (body?.status?.token === undefined)
    throw new Error(`The server made no token for ServiceAccount ${namespace}/${name}: ${text}`);
  return body.status.token;
}

function base64(text: string | undefined): string | undefined {
  return text === undefined ? undefined : Buffer.from(text, 'utf8').toString('base64');
}
