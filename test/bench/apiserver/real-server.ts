import { type ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, type ClusterConfig, resourceType } from '@tinysystems/kubernetes';
import { eventually } from '@tinysystems/testing';
import type { ApiServer } from './api-server.ts';

const TOKEN = 'bench';
const NAMESPACE = resourceType({
  group: '',
  version: 'v1',
  kind: 'Namespace',
  plural: 'namespaces',
  namespaced: false,
});
const START_MS = 60_000;

/**
 * A real kube-apiserver with an etcd, both on loopback, when `BENCH_KUBERNETES` names a folder with their programs;
 * etcd may also be on `PATH`. `undefined` without one.
 */
export async function startRealServer(): Promise<ApiServer | undefined> {
  const programs = process.env['BENCH_KUBERNETES'];
  if (programs === undefined) return undefined;
  if (!existsSync(join(programs, 'kube-apiserver')))
    throw new Error(`BENCH_KUBERNETES=${programs}: there is no kube-apiserver in this folder`);
  await using started = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'bench-real-'));
  started.defer(() => rm(folder, { recursive: true, force: true }));
  const [etcdPort = 0, peerPort = 0, port = 0] = await freePorts(3);
  const etcd = existsSync(join(programs, 'etcd')) ? join(programs, 'etcd') : 'etcd';
  started.use(new Program(etcd, etcdFlags(folder, etcdPort, peerPort)));
  started.use(new Program(join(programs, 'kube-apiserver'), await apiServerFlags(folder, etcdPort, port)));
  const config: ClusterConfig = {
    server: `https://127.0.0.1:${port}`,
    insecureSkipTlsVerify: true,
    authorization: async () => `Bearer ${TOKEN}`,
  };
  await using client = new Client({ config, userAgent: 'bench' });
  await eventually(() => client.resource(NAMESPACE).get('default'), { timeoutMs: START_MS, intervalMs: 100 });
  const resources = started.move();
  return { config, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}

/** A process that is told to end and waited for. */
class Program implements AsyncDisposable {
  readonly #child: ChildProcess;

  constructor(path: string, flags: readonly string[]) {
    this.#child = spawn(path, flags, { stdio: 'ignore' });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill();
    await ended;
  }
}

function etcdFlags(folder: string, port: number, peerPort: number): readonly string[] {
  const [client, peer] = [`http://127.0.0.1:${port}`, `http://127.0.0.1:${peerPort}`];
  return [
    `--name=bench`,
    `--data-dir=${join(folder, 'etcd')}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=bench=${peer}`,
  ];
}

async function apiServerFlags(folder: string, etcdPort: number, port: number): Promise<readonly string[]> {
  const key = join(folder, 'accounts.key');
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  await writeFile(key, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  const tokens = join(folder, 'tokens.csv');
  await writeFile(tokens, `${TOKEN},bench,bench,"system:masters"\n`, { mode: 0o600 });
  return [
    `--etcd-servers=http://127.0.0.1:${etcdPort}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${port}`,
    `--cert-dir=${join(folder, 'certificates')}`,
    `--token-auth-file=${tokens}`,
    '--authorization-mode=RBAC',
    '--endpoint-reconciler-type=none',
    '--service-cluster-ip-range=10.96.0.0/16',
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-signing-key-file=${key}`,
    `--service-account-key-file=${key}`,
  ];
}

async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()));
  return ports;
}
