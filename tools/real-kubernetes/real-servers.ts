import { readFile } from 'node:fs/promises';
import { request } from 'node:https';
import { basename, join } from 'node:path';

import { makeCredentials, writeKubeconfig, type Credentials } from './credentials.ts';
import { Front } from './front.ts';
import { freePort, ServerProcess, type ServerOptions } from './server-process.ts';

const AUTHORIZATION = 'Bearer admin-token';

/** A running Kubernetes API. */
export interface RealServer extends AsyncDisposable {
  /** Of the administrator. */
  readonly kubeconfig: string;
}

/** Where the programs are, and where data, logs and credentials go. */
export interface RealServerOptions {
  /** etcd, kube-apiserver, kube-controller-manager. */
  readonly kubernetes: string;
  /** etcd and apiextensions-apiserver: then these serve definitions and custom resources. */
  readonly crdServer?: string;
  /** An empty folder. */
  readonly folder: string;
  /** Whether the controllers run beside it, the garbage collector among them. Default true. */
  readonly hasControllers?: boolean;
  /** Whether what is answered is on disk. Default false: nothing here outlives the run. */
  readonly isDurable?: boolean;
  /** Ends the start. */
  readonly signal: AbortSignal;
}

/** Starts etcd, kube-apiserver, what serves custom resources in its stead, if anything, and the controllers. */
export async function startRealServer({
  kubernetes,
  crdServer,
  folder,
  hasControllers = true,
  isDurable = false,
  signal,
}: RealServerOptions): Promise<RealServer> {
  await using stack = new AsyncDisposableStack();
  const credentials = await makeCredentials(folder);
  const parts = { folder, credentials, stack, signal };
  const etcd = await startEtcd(join(crdServer ?? kubernetes, 'etcd'), { ...parts, isDurable });
  const core = await startApiserver(join(kubernetes, 'kube-apiserver'), { ...parts, etcd });
  let server = core;
  if (crdServer !== undefined) {
    const admin = await writeKubeconfig(credentials, { name: 'core', server: core, user: 'admin' });
    const program = join(crdServer, 'apiextensions-apiserver');
    const custom = await startCrdServer(program, { ...parts, etcd, admin });
    const port = await freePort();
    stack.use(await Front.start({ port, credentials, authorization: AUTHORIZATION, core, custom }));
    server = `https://127.0.0.1:${port}`;
  }
  if (hasControllers)
    await startControllers(join(kubernetes, 'kube-controller-manager'), { ...parts, server });
  const kubeconfig = await writeKubeconfig(credentials, { name: 'server', server, user: 'admin' });
  const running = stack.move();
  return { kubeconfig, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

interface Parts {
  readonly folder: string;
  readonly credentials: Credentials;
  /** Stops what was started, last first. */
  readonly stack: AsyncDisposableStack;
  readonly signal: AbortSignal;
}

async function startEtcd(program: string, parts: Parts & { readonly isDurable: boolean }): Promise<string> {
  const [client, peer] = [`http://127.0.0.1:${await freePort()}`, `http://127.0.0.1:${await freePort()}`];
  const args = [
    `--data-dir=${join(parts.folder, 'etcd')}`,
    ...[`--listen-client-urls=${client}`, `--advertise-client-urls=${client}`],
    ...[`--listen-peer-urls=${peer}`, `--initial-advertise-peer-urls=${peer}`],
    `--initial-cluster=default=${peer}`,
    ...(parts.isDurable ? [] : ['--unsafe-no-fsync']),
  ];
  const isReady = async (): Promise<boolean> => (await fetch(`${client}/health`)).ok;
  await start(parts, { program, args, isReady });
  return client;
}

async function startApiserver(program: string, parts: Parts & { readonly etcd: string }): Promise<string> {
  const { accountKey, tokens } = parts.credentials;
  return startServing(program, parts, [
    ...['--insecure-port=0', '--endpoint-reconciler-type=none', '--service-cluster-ip-range=10.96.0.0/16'],
    ...['--authorization-mode=Node,RBAC', `--token-auth-file=${tokens}`, '--allow-privileged=true'],
    ...['--service-account-issuer=https://kubernetes.default.svc', '--api-audiences=api'],
    ...[`--service-account-signing-key-file=${accountKey}`, `--service-account-key-file=${accountKey}`],
  ]);
}

/** Asks the kube-apiserver who somebody is and what they may do. */
async function startCrdServer(
  program: string,
  parts: Parts & { readonly etcd: string; readonly admin: string },
): Promise<string> {
  const asks = ['authentication-kubeconfig', 'authorization-kubeconfig', 'kubeconfig'];
  return startServing(program, parts, [
    '--etcd-prefix=/custom',
    ...asks.map((flag) => `--${flag}=${parts.admin}`),
    '--authentication-skip-lookup=true',
    // One server knows of a changed right at once.
    ...['authorized', 'unauthorized'].map((answer) => `--authorization-webhook-cache-${answer}-ttl=0s`),
    // These two watch kinds that the older kube-apiserver does not have, and would wait for them for ever.
    '--disable-admission-plugins=ValidatingAdmissionPolicy,MutatingAdmissionPolicy',
    '--enable-priority-and-fairness=false',
  ]);
}

async function startControllers(program: string, parts: Parts & { readonly server: string }): Promise<void> {
  const { folder, credentials, server } = parts;
  const kubeconfig = await writeKubeconfig(credentials, { name: 'server', server, user: 'controllers' });
  const args = [
    ...['--bind-address=127.0.0.1', '--port=0', `--secure-port=${await freePort()}`, `--cert-dir=${folder}`],
    ...[`--kubeconfig=${kubeconfig}`, '--use-service-account-credentials=true', '--leader-elect=false'],
    ...[`--service-account-private-key-file=${credentials.accountKey}`, `--root-ca-file=${credentials.ca}`],
  ];
  const account = `${server}/api/v1/namespaces/default/serviceaccounts/default`;
  await start(parts, { program, args, isReady: () => answersOk(account, credentials) });
}

/** Starts what serves an API over TLS; returns its URL. */
async function startServing(
  program: string,
  parts: Parts & { readonly etcd: string },
  more: readonly string[],
): Promise<string> {
  const { folder, credentials, etcd } = parts;
  const port = await freePort();
  const args = [
    ...[
      '--bind-address=127.0.0.1',
      `--secure-port=${port}`,
      `--etcd-servers=${etcd}`,
      `--cert-dir=${folder}`,
    ],
    ...[`--tls-cert-file=${credentials.certificate}`, `--tls-private-key-file=${credentials.key}`],
    `--client-ca-file=${credentials.ca}`,
    ...more,
  ];
  const url = `https://127.0.0.1:${port}`;
  await start(parts, { program, args, isReady: () => answersOk(`${url}/readyz`, credentials) });
  return url;
}

async function start(
  { folder, stack, signal }: Parts,
  options: Pick<ServerOptions, 'program' | 'args' | 'isReady'>,
): Promise<void> {
  const name = basename(options.program);
  stack.use(await ServerProcess.start({ ...options, name, log: join(folder, `${name}.log`), signal }));
}

async function answersOk(url: string, { ca }: Credentials): Promise<boolean> {
  const options = { ca: await readFile(ca), headers: { Authorization: AUTHORIZATION } };
  return new Promise((resolve, reject) => {
    request(url, options, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    })
      .on('error', reject)
      .end();
  });
}
