import type { Dirent } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { sanitiseName } from '@tinysystems/core';
import { CliError, textOf } from '../cli-error.ts';

/** A module that `dev` can start. */
export interface LocalModule {
  /** Sanitised, as the name of its TinyModule. */
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
  const entries = await entriesOf(folder);
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
  const file = join(folder, 'package.json');
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const { version = '0.0.0', tinysystems } = parseManifest(file, text);
  if (tinysystems?.module === undefined) return undefined;
  return {
    name: sanitiseName(tinysystems.module),
    version,
    main: join(folder, tinysystems.main ?? 'src/main.ts'),
  };
}

async function entriesOf(folder: string): Promise<readonly Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    throw new CliError(`--modules ${folder}: ${textOf(error)}`, { cause: error });
  }
}

function parseManifest(file: string, text: string): Manifest {
  try {
    return JSON.parse(text) as Manifest;
  } catch (error) {
    throw new CliError(`${file}: ${textOf(error)}`, { cause: error });
  }
}

/** Reads `--replicas common-module=2`, given any number of times. */
export function parseReplicas(
  values: readonly string[],
  modules: readonly LocalModule[],
): ReadonlyMap<string, number> {
  const replicas = new Map(modules.map((module) => [module.name, 1]));
  for (const value of values) {
    const match = /^(.+)=(\d+)$/.exec(value);
    const [, given = '', count = ''] = match ?? [];
    const name = sanitiseName(given);
    if (match === null || !replicas.has(name) || Number(count) > 16) {
      throw new CliError(
        `--replicas ${value}: must be MODULE=COUNT, COUNT at most 16, MODULE one of ${[...replicas.keys()].join(', ')}`,
      );
    }
    replicas.set(name, Number(count));
  }
  return replicas;
}
