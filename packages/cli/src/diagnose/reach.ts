import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { ClusterAccess } from '../cluster-access.ts';
import { CliError } from '../cli-error.ts';
import type { Replica } from './replicas.ts';
import { safeText } from './safe-text.ts';

/** How long kubectl may take to open a way to a pod, milliseconds. */
const FORWARD_TIMEOUT_MS = 15_000;

/** A way to the diagnostics of a replica. */
export interface Reached extends Disposable {
  /** `http://127.0.0.1:port` */
  readonly url: string;
}

/**
 * Opens a way to a replica: directly when it runs on this machine, else through `kubectl port-forward`, so that the
 * cluster's rights decide who looks.
 *
 * @param kubectl - the program.
 * @throws CliError saying why there is no way, and what to do.
 */
export async function reach(
  replica: Replica,
  { namespace, kubeconfig }: Pick<ClusterAccess, 'namespace' | 'kubeconfig'>,
  kubectl = 'kubectl',
): Promise<Reached> {
  const { diagnostics, isLocal, pod } = replica;
  if (diagnostics === undefined)
    throw new CliError('it has no diagnostics server: see its log, and --diagnostics-bind-address');
  if (isLocal) return { url: `http://${diagnostics}`, [Symbol.dispose]: () => undefined };
  const remotePort = diagnostics.slice(diagnostics.lastIndexOf(':') + 1);
  const access = kubeconfig === undefined ? [] : ['--kubeconfig', kubeconfig];
  const args = [...access, '--namespace', namespace, 'port-forward', `pod/${pod}`, `:${remotePort}`];
  const child = spawn(kubectl, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const close = () => void child.kill();
  try {
    return { url: `http://127.0.0.1:${await forwardedPort(child)}`, [Symbol.dispose]: close };
  } catch (error) {
    close();
    throw error;
  }
}

/** The local port that kubectl says it listens on. */
function forwardedPort(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    child.stderr?.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-2000)));
    const fail = (text: string) => {
      clearTimeout(late);
      reject(new CliError(text));
    };
    const late = setTimeout(
      () => fail(`kubectl port-forward did not answer within ${FORWARD_TIMEOUT_MS / 1000} s`),
      FORWARD_TIMEOUT_MS,
    );
    child.once('error', (error: NodeJS.ErrnoException) =>
      fail(
        error.code === 'ENOENT'
          ? 'it runs in a pod, which is reached with kubectl, and there is no kubectl on the PATH: install it'
          : `kubectl cannot be started: ${error.message}`,
      ),
    );
    child.once('close', () => fail(adviceOn(said)));
    if (child.stdout === null) return;
    createInterface({ input: child.stdout }).on('line', (line) => {
      const [, port] = /^Forwarding from 127\.0\.0\.1:(\d+) ->/.exec(line) ?? [];
      if (port === undefined) return;
      clearTimeout(late);
      resolve(port);
    });
  });
}

function adviceOn(said: string): string {
  const text =
    safeText(said.trim().split('\n').at(-1) ?? '') || 'kubectl port-forward ended and said nothing';
  return /forbidden/i.test(said)
    ? `you may not look into pods here: it takes the rights get on pods and create on pods/portforward (${text})`
    : text;
}
