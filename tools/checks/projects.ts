import { existsSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { listFiles } from '../codegen/generated-files.ts';

/** A package or a module of the workspace. */
export interface Project {
  /** Relative to the root: `packages/core`. */
  readonly folder: string;
  readonly manifest: Manifest;
  /** TypeScript files of `src`, relative to the root. */
  readonly sources: readonly string[];
  /** TypeScript files of `test`, relative to the root. */
  readonly tests: readonly string[];
}

/** What the checks read of a package.json. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly tinysystems?: { readonly main: string };
}

/** The projects below packages/ and modules/, sorted by folder. */
export async function loadProjects(root: string): Promise<readonly Project[]> {
  const folders: string[] = [];
  for (const parent of ['packages', 'modules']) {
    if (!existsSync(join(root, parent))) continue;
    folders.push(...(await readdir(join(root, parent))).map((name) => `${parent}/${name}`));
  }
  const known = folders.sort().filter((folder) => existsSync(join(root, folder, 'package.json')));
  return Promise.all(known.map((folder) => loadProject(root, folder)));
}

/** The package.json in `folder`. */
export async function readManifest(folder: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Manifest;
}

async function loadProject(root: string, folder: string): Promise<Project> {
  const [sources, tests] = await Promise.all(
    ['src', 'test'].map(async (name) => {
      const files = await listFiles(join(root, folder, name));
      return files.filter((file) => file.endsWith('.ts')).map((file) => `${folder}/${name}/${file}`);
    }),
  );
  return {
    folder,
    manifest: await readManifest(join(root, folder)),
    sources: sources ?? [],
    tests: tests ?? [],
  };
}
