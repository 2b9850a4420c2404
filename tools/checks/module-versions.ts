import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Problem } from './check.ts';
import { loadProjects } from './projects.ts';

/** The version that a module's main file gives to the runtime is that of its package.json. */
export async function checkModuleVersions(root: string): Promise<readonly Problem[]> {
  const projects = await loadProjects(root);
  const problems = await Promise.all(
    projects.map(async ({ folder, manifest }) => {
      if (manifest.tinysystems === undefined) return [];
      const where = join(folder, manifest.tinysystems.main);
      if (!existsSync(join(root, where))) {
        return [
          { where, what: `is missing; ${folder}/package.json names it`, fix: 'add it: it calls runModule' },
        ];
      }
      const given = /\bversion: ?'([^']*)'/.exec(await readFile(join(root, where), 'utf8'))?.[1];
      if (given === manifest.version) return [];
      const what = `gives ${given ?? 'no version'} to runModule, and package.json says ${manifest.version}`;
      return [{ where, what, fix: 'make them equal' }];
    }),
  );
  return problems.flat();
}
