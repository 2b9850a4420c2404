import type { KubeObject } from '../object.ts';
import { resourceType } from '../resource-type.ts';

/** A claim that ends by itself unless it is renewed. */
export interface Lease extends KubeObject {
  readonly spec?: LeaseSpec;
}

/** Times are RFC 3339 with microseconds; they are for people, never compared. */
export interface LeaseSpec {
  /** `''` or absent: nobody. */
  readonly holderIdentity?: string;
  readonly leaseDurationSeconds?: number;
  readonly acquireTime?: string;
  readonly renewTime?: string;
  /** How often the holder has changed. */
  readonly leaseTransitions?: number;
}

/** `leases.coordination.k8s.io` */
export const LEASE = resourceType<Lease>({
  group: 'coordination.k8s.io',
  version: 'v1',
  kind: 'Lease',
  plural: 'leases',
  namespaced: true,
});

/** A wall-clock time as a Lease wants it. */
export function microTime(epochMs: number): string {
  return new Date(epochMs).toISOString().replace('Z', '000Z');
}
