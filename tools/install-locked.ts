import { type ExecFileException, execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, copyFile, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const LOCK_FILES = ['package.json', 'package-lock.json', '.npmrc'];
const INSTALL_TIMEOUT_MS = 300_000;

/** What {@link installLocked} installs, and where. */
export interface InstallLockedOptions {
  /** The folder with `package.json`, `package-lock.json` and `.npmrc`. */
  readonly source: string;
  /** Where it is installed, in a folder of its own for each content of the lock. */
  readonly cache: string;
  /** Makes of the folder with `node_modules` the one to keep, inside it; default: keeps it as it is. */
  readonly prepare?: (installed: string) => Promise<string>;
}

/**
 * Installs packages that have a lock of their own, on first use, and returns their folder.
 * Callers may race, also from different processes: each prepares a folder of its own, the first rename wins.
 *
 * @throws Error with npm's own output when the install fails.
 */
export async function installLocked({ source, cache, prepare }: InstallLockedOptions): Promise<string> {
  const lock = await readFile(join(source, 'package-lock.json'));
  const target = join(cache, createHash('sha256').update(lock).digest('hex').slice(0, 12));
  if (await exists(target)) return target;
  await mkdir(cache, { recursive: true });
  const scratch = await mkdtemp(join(cache, 'installing-'));
  try {
    for (const file of LOCK_FILES) await copyFile(join(source, file), join(scratch, file));
    await npmCi(scratch, source);
    await rename((await prepare?.(scratch)) ?? scratch, target).catch(async (error: unknown) => {
      if (!(await exists(target))) throw error;
    });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  return target;
}

async function npmCi(folder: string, source: string): Promise<void> {
  const run = promisify(execFile);
  try {
    await run('npm', ['ci', '--ignore-scripts'], { cwd: folder, timeout: INSTALL_TIMEOUT_MS });
  } catch (error) {
    throw new Error(
      `npm could not install what ${join(source, 'package-lock.json')} names; check the registry and the network.\n${(error as ExecFileException).stderr ?? String(error)}`,
      { cause: error },
    );
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
