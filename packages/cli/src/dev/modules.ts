import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { CliError } from '../cli-error.ts';

/** A module that `dev` can start. */
export interface LocalModule {
  readonly name: string;
  readonly version: string;
  /** The same file that goes into the module's image. */
  readonly main: string;
}

interface Manifest {
  readonly version?: string;
  readonly tinysystems?: { readonly module?: string; readonly main?: string };
}

/** Finds the modules of a folder: every package whose package.json has a `tinysystems.module`. */
export async function findModules(folder: string): Promise<readonly LocalModule[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const found = await Promise.all(
    entries
      .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
      .map((entry) => readModule(join(folder, entry.name))),
  );
  const modules = found.filter((module) => module !== undefined);
  if (modules.length === 0)
    throw new CliError(
      `${folder}: no module found; a module's package.json has "tinysystems": { "module": NAME, "main": FILE }`,
    );
  return modules.sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function readModule(folder: string): Promise<LocalModule | undefined> {
  let text: string;
  try {
    text = await readFile(join(folder, 'package.json'), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const { version = '0.0.0', tinysystems } = JSON.parse(text) as Manifest;
  if (tinysystems?.module === undefined) return undefined;
  return { name: tinysystems.module, version, main: join(folder, tinysystems.main ?? 'src/main.ts') };
}

/** Reads `--replicas common-module=2`, given any number of times. */
export function parseReplicas(
  values: readonly string[],
  modules: readonly LocalModule[],
): ReadonlyMap<string, number> {
  const replicas = new Map(modules.map((module) => [module.name, 1]));
  for (const value of values) {
    const match = /^(.+)=(\d+)$/.exec(value);
    const [, name = '', count = ''] = match ?? [];
    if (match === null || !replicas.has(name) || Number(count) > 16) {
      throw new CliError(
        `--replicas ${value}: must be MODULE=COUNT, COUNT at most 16, MODULE one of ${[...replicas.keys()].join(', ')}`,
      );
    }
    replicas.set(name, Number(count));
  }
  return replicas;
}
