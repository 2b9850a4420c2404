import type { Election, KubeObject, ResourceClient } from '@tinysystems/kubernetes';

/** The writes of a controller that only a leader runs. */
export type LeaderWrites<T extends KubeObject> = Pick<ResourceClient<T>, 'patch' | 'delete'>;

/**
 * The writes of a client, for as long as the lease is held by the clock: a replica that was paused must not write what
 * it had decided on before.
 *
 * @param elector - `undefined`: the only replica, which always leads.
 */
export function whileHeld<T extends KubeObject>(
  client: LeaderWrites<T>,
  elector: Pick<Election, 'name' | 'holdsLease'> | undefined,
): LeaderWrites<T> {
  const demand = (name: string): void => {
    if (elector?.holdsLease() === false)
      throw new Error(`${name} is not written: the lease of the ${elector.name} has ended meanwhile`);
  };
  return {
    patch: async (name, patch, options) => {
      demand(name);
      return client.patch(name, patch, options);
    },
    delete: async (name, options) => {
      demand(name);
      return client.delete(name, options);
    },
  };
}
