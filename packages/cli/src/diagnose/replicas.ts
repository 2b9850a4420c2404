import type { TinyModule } from '@tinysystems/api';
import type { Client } from '@tinysystems/kubernetes';
import { MODULES } from '../dev/cluster.ts';

/** One live replica of a module, as it published itself. */
export interface Replica {
  readonly module: string;
  /** Its name and a suffix that is new for each process. */
  readonly identity: string;
  /** Name of the pod. */
  readonly pod: string;
  /** Whether it runs on this machine and not in a pod. */
  readonly isLocal: boolean;
  /** Loopback `host:port`; `undefined`: it tells nobody of its traces. */
  readonly diagnostics: string | undefined;
}

/** The live replicas of all modules of a namespace. */
export async function findReplicas(client: Client, namespace: string): Promise<readonly Replica[]> {
  const { items } = await client.resource(MODULES, namespace).list();
  return items.flatMap(replicasOf);
}

function replicasOf({ metadata, status }: TinyModule): readonly Replica[] {
  return (status?.endpoints ?? []).map(({ pod, addr, diagnostics }) => ({
    module: metadata.name ?? '',
    identity: pod,
    pod: pod.slice(0, Math.max(0, pod.lastIndexOf('-'))),
    isLocal: /^(127\.0\.0\.1|localhost|\[::1\]):\d+$/.test(addr),
    diagnostics,
  }));
}
