import { ApiError, type Client, type KubeObject } from '@tinysystems/kubernetes';
import { CliError, textOf } from '../cli-error.ts';
import { FIELD_MANAGER } from './cluster.ts';
import { type FileResource, readResources } from './read-resources.ts';

/** What applying files did. */
export interface Applied {
  readonly objects: readonly KubeObject[];
  /** Objects that somebody else changed since; their changes were kept. */
  readonly kept: readonly string[];
}

/** Where and how files are applied. */
export interface ApplyOptions {
  readonly client: Client;
  readonly namespace: string;
  readonly signal: AbortSignal;
}

/**
 * Applies the resources of a YAML file, or of all YAML files of a folder, server-side.
 * Fields that somebody changed by other means stay as they are: starting again never undoes a person's change.
 *
 * @throws CliError naming file and object when something cannot be applied.
 */
export async function applyFiles(path: string, options: ApplyOptions): Promise<Applied> {
  return applyResources(await readResources(path), options);
}

/** As {@link applyFiles}, for what was read before. */
export async function applyResources(
  resources: readonly FileResource[],
  options: ApplyOptions,
): Promise<Applied> {
  const kept: string[] = [];
  for (const resource of resources) {
    const { kind, metadata } = resource.object;
    if ((await applyOne(resource, options)) === 'kept') kept.push(`${kind} ${metadata.name}`);
  }
  return { objects: resources.map(({ object }) => object), kept };
}

async function applyOne(
  { file, type, object }: FileResource,
  { client, namespace, signal }: ApplyOptions,
): Promise<'applied' | 'kept'> {
  const { kind, metadata } = object;
  try {
    const resources = client.resource(type, metadata.namespace ?? namespace);
    await resources.apply(object, { fieldManager: FIELD_MANAGER, signal });
    return 'applied';
  } catch (error) {
    if (ApiError.isConflict(error)) return 'kept';
    throw new CliError(`${file}: ${kind} ${metadata.name}: ${textOf(error)}`, { cause: error });
  }
}
