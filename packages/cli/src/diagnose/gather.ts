import type { RingState } from '@tinysystems/core';
import type { ClusterAccess } from '../cluster-access.ts';
import { CliError, textOf } from '../cli-error.ts';
import { reach } from './reach.ts';
import { readLines } from './read-lines.ts';
import { type Replica, findReplicas } from './replicas.ts';

/** How long a replica may take to tell what it knows, milliseconds. */
const ANSWER_TIMEOUT_MS = 15_000;

/** What one replica told. */
export interface Told<T> {
  readonly replica: Replica;
  readonly ring: RingState | undefined;
  readonly lines: readonly T[];
  /** Why it could not be asked. */
  readonly problem: string | undefined;
}

/** Asks every live replica of every module the same. @throws CliError when there is none. */
export async function gather<T>(cluster: ClusterAccess, path: string): Promise<readonly Told<T>[]> {
  const replicas = await findReplicas(cluster.client, cluster.namespace);
  if (replicas.length === 0)
    throw new CliError(
      `no module runs in namespace ${cluster.namespace}: see kubectl get tinymodules, or choose another with -n`,
    );
  return Promise.all(replicas.map((replica) => askOne<T>(cluster, replica, path)));
}

async function askOne<T>(cluster: ClusterAccess, replica: Replica, path: string): Promise<Told<T>> {
  try {
    using reached = await reach(replica, cluster);
    const lines = readLines<RingState | T>(reached.url + path, AbortSignal.timeout(ANSWER_TIMEOUT_MS));
    const told: (RingState | T)[] = [];
    for await (const line of lines) told.push(line);
    const [ring, ...rest] = told;
    return { replica, ring: ring as RingState, lines: rest as readonly T[], problem: undefined };
  } catch (error) {
    return { replica, ring: undefined, lines: [], problem: textOf(error) };
  }
}
