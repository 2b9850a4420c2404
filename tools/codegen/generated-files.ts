import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** What one generator makes. Paths are relative to the root of the repository. */
export interface GeneratedFiles {
  /** Text by path. */
  readonly files: ReadonlyMap<string, string>;
  /** Folders that hold nothing else: any other file in them is a leftover. */
  readonly folders: readonly string[];
}

/** The paths in which `root` differs from what was generated, sorted: changed, missing and leftover files. */
export async function findDrift(
  root: string,
  { files, folders }: GeneratedFiles,
): Promise<readonly string[]> {
  const drift = await findLeftovers(root, files, folders);
  for (const [path, text] of files) {
    if ((await readIfPresent(join(root, path))) !== text) drift.push(path);
  }
  return drift.sort();
}

/** Makes `root` equal to what was generated and returns the paths that changed; other files keep their times. */
export async function writeGenerated(root: string, generated: GeneratedFiles): Promise<readonly string[]> {
  const drift = await findDrift(root, generated);
  for (const path of drift) {
    const text = generated.files.get(path);
    if (text === undefined) {
      await rm(join(root, path));
      continue;
    }
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  return drift;
}

/** Every file below `folder`, relative to it, with `/` between names. */
export async function listFiles(folder: string): Promise<readonly string[]> {
  if (!existsSync(folder)) return [];
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

async function findLeftovers(
  root: string,
  files: ReadonlyMap<string, string>,
  folders: readonly string[],
): Promise<string[]> {
  const leftovers: string[] = [];
  for (const folder of folders) {
    const present = await listFiles(join(root, folder));
    leftovers.push(...present.map((file) => join(folder, file)).filter((path) => !files.has(path)));
  }
  return leftovers;
}

async function readIfPresent(path: string): Promise<string | undefined> {
  return existsSync(path) ? readFile(path, 'utf8') : undefined;
}
