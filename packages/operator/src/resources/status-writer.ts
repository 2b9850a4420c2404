import { type Json, isJsonEqual } from '@tinysystems/core';
import type { KubeObject, ResourceClient } from '@tinysystems/kubernetes';

/** An object with a status. */
export interface WithStatus extends KubeObject {
  readonly status?: object;
}

/**
 * Writes the given fields of a status when one of them differs, under the object's resourceVersion.
 *
 * @param stamp - fields that are written along but are no reason to write.
 * @returns whether it wrote.
 * @throws ApiError 409 when the object has changed: reconcile again with the newer one.
 */
export async function writeStatus<T extends WithStatus>(
  client: Pick<ResourceClient<T>, 'patch'>,
  object: T,
  wanted: object,
  options: { readonly stamp?: object; readonly signal?: AbortSignal } = {},
): Promise<boolean> {
  const before = (object.status ?? {}) as Readonly<Record<string, Json | undefined>>;
  const isSame = Object.entries(wanted as Readonly<Record<string, Json | undefined>>).every(([key, value]) =>
    isJsonEqual(before[key], value),
  );
  if (isSame) return false;
  const patch = {
    metadata: { resourceVersion: object.metadata.resourceVersion },
    status: { ...wanted, ...options.stamp },
  };
  await client.patch(object.metadata.name ?? '', patch, { subresource: 'status', signal: options.signal });
  return true;
}

/** A moment as our statuses write it: whole seconds, UTC. */
export function momentOf(epochMs: number): string {
  return new Date(epochMs).toISOString().replace(/\.\d+Z$/, 'Z');
}
