import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { stringify } from 'yaml';

const run = promisify(execFile);
const VALID_DAYS = 2;
const SUBJECT_NAMES = 'DNS:localhost,DNS:kubernetes,DNS:kubernetes.default.svc,IP:127.0.0.1,IP:10.96.0.1';

/** Who may use the servers, by bearer token. */
const TOKENS = {
  admin: 'admin-token,admin,admin,"system:masters"',
  controllers: 'controllers-token,system:kube-controller-manager,controllers',
} as const;

/** Files that let servers and clients trust each other. */
export interface Credentials {
  readonly folder: string;
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
  /** What ServiceAccount tokens are signed with. */
  readonly accountKey: string;
  /** For `--token-auth-file`. */
  readonly tokens: string;
}

/** Makes an authority, a server certificate for loopback and tokens, below `folder`. */
export async function makeCredentials(folder: string): Promise<Credentials> {
  const openssl = (...words: readonly string[]): Promise<unknown> => run('openssl', words, { cwd: folder });
  const days = ['-days', String(VALID_DAYS)];
  await openssl(
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-keyout',
    'ca.key',
    '-out',
    'ca.crt',
    '-subj',
    '/CN=test',
    ...days,
  );
  await openssl(
    'req',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-keyout',
    'server.key',
    '-out',
    'server.csr',
    '-subj',
    '/CN=kube-apiserver',
  );
  await writeFile(
    join(folder, 'extensions'),
    `subjectAltName=${SUBJECT_NAMES}\nextendedKeyUsage=serverAuth\n`,
  );
  const authority = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', 'extensions'];
  await openssl('x509', '-req', '-in', 'server.csr', '-out', 'server.crt', ...authority, ...days);
  await openssl('genrsa', '-out', 'accounts.key', '2048');
  await writeFile(join(folder, 'tokens.csv'), `${Object.values(TOKENS).join('\n')}\n`);
  const file = (name: string): string => join(folder, name);
  return {
    folder,
    ca: file('ca.crt'),
    certificate: file('server.crt'),
    key: file('server.key'),
    accountKey: file('accounts.key'),
    tokens: file('tokens.csv'),
  };
}

/** Writes a kubeconfig for one user of one server; returns its path. */
export async function writeKubeconfig(
  { folder, ca }: Credentials,
  {
    name,
    server,
    user,
  }: { readonly name: string; readonly server: string; readonly user: keyof typeof TOKENS },
): Promise<string> {
  const path = join(folder, `${name}-${user}.kubeconfig`);
  const text = stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server, 'certificate-authority': ca } }],
    users: [{ name: user, user: { token: `${user}-token` } }],
    contexts: [{ name, context: { cluster: name, user } }],
    'current-context': name,
  });
  await writeFile(path, text, { mode: 0o600 });
  return path;
}
