import { randomBytes } from 'node:crypto';
import type { LeaderElectorOptions } from '@tinysystems/kubernetes';

/** Names this process for ever: the replica's name and a suffix that is new for each process. */
export function newReplicaIdentity(replica: string): string {
  return `${replica}-${randomBytes(3).toString('hex')}`;
}

/** The replica that a process of this identity was or is. A replica has one process at a time. */
export function replicaOf(identity: string): string {
  return identity.slice(0, Math.max(0, identity.lastIndexOf('-')));
}

/** Who competes for a lease: this process, and at once for the lease of the one it was started again for. */
export function candidate(identity: string): Pick<LeaderElectorOptions, 'identity' | 'replaces'> {
  const replica = replicaOf(identity).replaceAll(/[^\w-]/g, String.raw`\$&`);
  return { identity, replaces: new RegExp(`^${replica}-[^-]*$`) };
}
