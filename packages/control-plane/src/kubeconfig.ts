import { stringify } from 'yaml';

/** What a client needs to connect. */
export interface KubeconfigOptions {
  readonly url: string;
  readonly caCertificate: string;
  readonly token: string;
}

const NAME = 'control-plane';

/** The text of a kubeconfig with one cluster, one user and the namespace `default`. */
export function renderKubeconfig({ url, caCertificate, token }: KubeconfigOptions): string {
  const authority = Buffer.from(caCertificate, 'utf8').toString('base64');
  return stringify(
    {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: NAME, cluster: { server: url, 'certificate-authority-data': authority } }],
      users: [{ name: NAME, user: { token } }],
      contexts: [{ name: NAME, context: { cluster: NAME, user: NAME, namespace: 'default' } }],
      'current-context': NAME,
      preferences: {},
    },
    { lineWidth: 0 },
  );
}
