import { ApiError, type KubeObject, type ResourceClient } from '@tinysystems/kubernetes';

/** Deletes this very object; nothing happens when it is gone, or another has taken its name. */
export async function deleteSame<T extends KubeObject>(
  client: Pick<ResourceClient<T>, 'delete'>,
  object: T,
): Promise<void> {
  const { name = '', uid } = object.metadata;
  try {
    await client.delete(name, uid === undefined ? {} : { uid });
  } catch (error) {
    if (!ApiError.isNotFound(error) && !ApiError.isConflict(error)) throw error;
  }
}
