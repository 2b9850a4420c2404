import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ApiError, type Client, type KubeObject } from '@tinysystems/kubernetes';
import { parseAllDocuments } from 'yaml';
import { CliError } from '../cli-error.ts';
import { FIELD_MANAGER, typeOfKind } from './cluster.ts';

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
  const objects: KubeObject[] = [];
  const kept: string[] = [];
  for (const file of await filesOf(path)) {
    for (const object of await readObjects(file)) {
      const applied = await applyOne(object, file, options);
      objects.push(object);
      if (applied === 'kept') kept.push(`${object.kind} ${object.metadata.name}`);
    }
  }
  return { objects, kept };
}

async function applyOne(
  object: KubeObject,
  file: string,
  { client, namespace, signal }: ApplyOptions,
): Promise<'applied' | 'kept'> {
  const type = typeOfKind(object.kind);
  if (type === undefined)
    throw new CliError(`${file}: kind ${object.kind} is not one of ours; apply it with kubectl`);
  try {
    await client
      .resource(type, object.metadata.namespace ?? namespace)
      .apply(object, { fieldManager: FIELD_MANAGER, signal });
    return 'applied';
  } catch (error) {
    if (ApiError.isConflict(error)) return 'kept';
    throw new CliError(
      `${file}: ${object.kind} ${object.metadata.name}: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  }
}

async function filesOf(path: string): Promise<readonly string[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [path];
    const names = await readdir(path);
    return names
      .filter((name) => /\.ya?ml$/.test(name))
      .sort()
      .map((name) => join(path, name));
  } catch (error) {
    throw new CliError(`${path}: cannot be read: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

async function readObjects(file: string): Promise<readonly KubeObject[]> {
  const documents = parseAllDocuments(await readFile(file, 'utf8'));
  if (!Array.isArray(documents)) return [];
  return documents.flatMap((document) => {
    const [problem] = document.errors;
    if (problem !== undefined) throw new CliError(`${file}: ${problem.message}`);
    const object = document.toJS() as KubeObject | null;
    return object === null ? [] : [object];
  });
}
