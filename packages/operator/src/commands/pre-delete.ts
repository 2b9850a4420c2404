import type { TinyModule } from '@tinysystems/api';
import { ApiError, type ResourceClient } from '@tinysystems/kubernetes';

const TIMEOUT_MS = 30_000;

/** Removes the module's TinyModule before its chart is uninstalled; one that is gone already is fine. */
export async function preDelete(
  client: Pick<ResourceClient<TinyModule>, 'delete'>,
  moduleName: string,
): Promise<void> {
  try {
    await client.delete(moduleName, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch (error) {
    if (!ApiError.isNotFound(error)) throw error;
  }
}
