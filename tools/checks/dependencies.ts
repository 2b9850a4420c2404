import { join } from 'node:path';
import type { Problem } from './check.ts';
import { packageOf, readImports } from './imports.ts';
import { type Manifest, type Project, loadProjects, readManifest } from './projects.ts';

/** The dependencies of each package.json are exactly the packages that the project imports. */
export async function checkDependencies(root: string): Promise<readonly Problem[]> {
  const workspace = await readManifest(root);
  const projects = await loadProjects(root);
  const problems = await Promise.all(projects.map((project) => checkProject(root, workspace, project)));
  return problems.flat();
}

async function checkProject(
  root: string,
  workspace: Manifest,
  project: Project,
): Promise<readonly Problem[]> {
  const { name, dependencies = {}, devDependencies = {} } = project.manifest;
  const used = await importedPackages(root, project.sources);
  const usedByTests = await importedPackages(root, project.tests);
  const inTests = { ...workspace.devDependencies, ...dependencies, ...devDependencies, [name]: '' };
  const where = `${project.folder}/package.json`;
  return [
    ...missing(used, dependencies).map(([imported, file]) => ({
      where: file,
      what: `imports ${imported}, which is not in the dependencies of ${where}`,
      fix: `add "${imported}" to dependencies, or stop importing it`,
    })),
    ...missing(usedByTests, inTests).map(([imported, file]) => ({
      where: file,
      what: `imports ${imported}, which is in no dependencies of ${where}`,
      fix: `add "${imported}" to devDependencies, or stop importing it`,
    })),
    ...unused(dependencies, used).map((dependency) => ({
      where,
      what: `lists ${dependency} in dependencies, and no file of src imports it`,
      fix: usedByTests.has(dependency) ? 'move it to devDependencies' : 'remove it',
    })),
    ...unused(devDependencies, usedByTests).map((dependency) => ({
      where,
      what: `lists ${dependency} in devDependencies, and no file of test imports it`,
      fix: 'remove it',
    })),
  ];
}

/** Packages that `files` import, each with the first place that does: `path:line`. */
async function importedPackages(
  root: string,
  files: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const places = new Map<string, string>();
  for (const file of files) {
    for (const { specifier, line } of await readImports(join(root, file))) {
      const name = packageOf(specifier);
      if (name !== undefined && !places.has(name)) places.set(name, `${file}:${line}`);
    }
  }
  return places;
}

function missing(used: ReadonlyMap<string, string>, listed: object): readonly (readonly [string, string])[] {
  return [...used].filter(([name]) => !(name in listed) && name !== '@jest/globals');
}

function unused(listed: object, used: ReadonlyMap<string, string>): readonly string[] {
  return Object.keys(listed).filter((name) => !used.has(name));
}
