import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ApiError, type Client, type KubeObject, type ResourceType } from '@tinysystems/kubernetes';
import { parseAllDocuments } from 'yaml';
import { CliError, textOf } from '../cli-error.ts';
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

/** A resource, and the file that it is in. */
export interface FileResource {
  readonly file: string;
  readonly type: ResourceType<KubeObject>;
  readonly object: KubeObject;
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

/** Reads the resources of a YAML file, or of all YAML files of a folder. @throws CliError naming the file. */
export async function readResources(path: string): Promise<readonly FileResource[]> {
  const found = await Promise.all((await filesOf(path)).map(readFileResources));
  return found.flat();
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

async function filesOf(path: string): Promise<readonly string[]> {
  if (!(await orExplain(path, stat(path))).isDirectory()) return [path];
  const names = await orExplain(path, readdir(path));
  return names
    .filter((name) => /\.ya?ml$/.test(name))
    .sort()
    .map((name) => join(path, name));
}

async function orExplain<T>(path: string, step: Promise<T>): Promise<T> {
  try {
    return await step;
  } catch (error) {
    throw new CliError(`${path}: cannot be read: ${textOf(error)}`, { cause: error });
  }
}

async function readFileResources(file: string): Promise<readonly FileResource[]> {
  const documents = parseAllDocuments(await orExplain(file, readFile(file, 'utf8')), {
    intAsBigInt: true,
  });
  if (!Array.isArray(documents)) return [];
  return documents.flatMap((document) => {
    const [problem] = document.errors;
    if (problem !== undefined) throw new CliError(`${file}: ${problem.message}`);
    const value = document.toJS({ reviver: numberWhenSafe }) as unknown;
    return value === null ? [] : [resourceOf(file, value)];
  });
}

/** Keeps as bigints only the integers that a number would change. */
function numberWhenSafe(_key: unknown, value: unknown): unknown {
  if (typeof value !== 'bigint') return value;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function resourceOf(file: string, value: unknown): FileResource {
  const { kind, metadata } = value as Partial<KubeObject>;
  if (typeof kind !== 'string' || typeof metadata?.name !== 'string')
    throw new CliError(`${file}: a resource needs kind and metadata.name`);
  const type = typeOfKind(kind);
  if (type === undefined)
    throw new CliError(`${file}: kind ${kind} is not one of ours; apply it with kubectl`);
  return { file, type, object: value as KubeObject };
}
