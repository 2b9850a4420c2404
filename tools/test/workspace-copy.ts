import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { loadProjects } from '../checks/projects.ts';
import { trackedFiles } from '../checks/tracked-files.ts';
import { ROOT } from '../run-command.ts';
import { scratchFolder } from './scratch-folder.ts';

/** A copy of the repository in which tests may break things; it shares the installed packages of the original. */
export async function copyWorkspace(): Promise<AsyncDisposable & { readonly path: string }> {
  const copy = await scratchFolder('workspace-');
  for (const file of await trackedFiles(ROOT)) {
    await mkdir(dirname(join(copy.path, file)), { recursive: true });
    await copyFile(join(ROOT, file), join(copy.path, file));
  }
  await linkPackages(copy.path);
  return copy;
}

/** Links the installed packages; the workspace's own lead to the copy, as npm would lay them. Call it again for a new one. */
export async function linkPackages(copy: string): Promise<void> {
  const installed = join(ROOT, 'node_modules');
  const target = join(copy, 'node_modules');
  await mkdir(join(target, '@tinysystems'), { recursive: true });
  const present = new Set(await readdir(target));
  for (const name of await readdir(installed)) {
    if (!present.has(name)) await symlink(join(installed, name), join(target, name));
  }
  const linked = new Set(await readdir(join(target, '@tinysystems')));
  for (const { folder, manifest } of await loadProjects(copy)) {
    const name = manifest.name.replace('@tinysystems/', '');
    if (!linked.has(name)) await symlink(join(copy, folder), join(target, '@tinysystems', name));
    // Packages that npm could not lay at the top because another version is there.
    const nested = join(folder, 'node_modules');
    if (existsSync(join(ROOT, nested)) && !existsSync(join(copy, nested))) {
      await symlink(join(ROOT, nested), join(copy, nested));
    }
  }
}
