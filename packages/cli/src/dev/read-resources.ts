import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { KubeObject, ResourceType } from '@tinysystems/kubernetes';
import { parseAllDocuments } from 'yaml';
import { CliError, textOf } from '../cli-error.ts';
import { typeOfKind } from './cluster.ts';

/** A resource, and the file that it is in. */
export interface FileResource {
  readonly file: string;
  readonly type: ResourceType<KubeObject>;
  readonly object: KubeObject;
}

/** Reads the resources of a YAML file, or of all YAML files of a folder. @throws CliError naming the file. */
export async function readResources(path: string): Promise<readonly FileResource[]> {
  const found = await Promise.all((await filesOf(path)).map(readFileResources));
  return found.flat();
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
  return parseResources(file, await orExplain(file, readFile(file, 'utf8')));
}

/** Reads the resources of a YAML text. @throws CliError naming the file. */
export function parseResources(file: string, text: string): readonly FileResource[] {
  const documents = parseAllDocuments(text, { intAsBigInt: true });
  if (!Array.isArray(documents)) return [];
  return documents.flatMap((document) => {
    const [problem] = document.errors;
    // The lines below the first show a part of the file, and that may hold secrets.
    if (problem !== undefined) throw new CliError(`${file}: ${problem.message.split('\n', 1)[0] ?? ''}`);
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
