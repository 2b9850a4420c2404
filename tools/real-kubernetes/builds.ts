import { createWriteStream } from 'node:fs';
import { access, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** Programs that are built together, from one suite of Debian. */
export interface Build {
  /** Names the folder in the cache, and the script in `build/`. */
  readonly name: string;
  readonly script: string;
  /** For people, before it begins. */
  readonly cost: string;
}

export const KUBERNETES: Build = {
  name: 'kubernetes-1.20.2',
  script: 'kubernetes.sh',
  cost: 'about 6 minutes on two free cores, 4 GB of disk meanwhile',
};

/** The folder is named after the script's recipe: a newer one in sid is built when the folder is removed. */
export const CRD_SERVER: Build = {
  name: 'crd-server',
  script: 'crd-server.sh',
  cost: 'about 3 minutes on two free cores, 4 GB of disk meanwhile',
};

const LAST_LINES = 15;

/** The folder that keeps builds; outside the clone, so that another clone finds them too. */
export function cacheFolder(env: NodeJS.ProcessEnv): string {
  const { TINYSYSTEMS_KUBERNETES_CACHE: own, XDG_CACHE_HOME: cache = join(homedir(), '.cache') } = env;
  return own ?? join(cache, 'tinysystems', 'real-kubernetes');
}

/** The folder with the programs of a build, if the cache has it. */
export async function cachedPrograms(build: Build, cache: string): Promise<string | undefined> {
  const folder = join(cache, build.name);
  return (await exists(folder)) ? folder : undefined;
}

/**
 * The folder with the programs of a build; built when the cache does not have it.
 *
 * @param signal - ends the build.
 * @throws Error with the last lines that the build printed, and where the rest is.
 */
export async function programsOf(build: Build, cache: string, signal: AbortSignal): Promise<string> {
  const cached = await cachedPrograms(build, cache);
  if (cached !== undefined) return cached;
  const folder = join(cache, build.name);
  await mkdir(cache, { recursive: true });
  const scratch = await mkdtemp(join(cache, `${build.name}-building-`));
  const log = join(cache, `${build.name}.log`);
  console.log(`building ${build.name}: ${build.cost}; everything it says goes to ${log}`);
  try {
    const out = join(scratch, 'out');
    await mkdir(out);
    await runScript(build, { scratch, out, log, signal });
    await rename(out, folder);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  return folder;
}

interface ScriptOptions {
  readonly scratch: string;
  readonly out: string;
  readonly log: string;
  readonly signal: AbortSignal;
}

/** Shows the steps that the script announces, with the time since it began, and keeps the rest. */
async function runScript({ script }: Build, { scratch, out, log, signal }: ScriptOptions): Promise<void> {
  const file = join(import.meta.dirname, 'build', script);
  const startedMs = performance.now();
  // A group of its own, so that everything that the script has started can be ended.
  const child = spawn('nice', ['-n', '10', 'bash', file, scratch, out], {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const end = (): unknown => child.pid !== undefined && process.kill(-child.pid, 'SIGTERM');
  signal.addEventListener('abort', end, { once: true });
  const stream = createWriteStream(log);
  const last: string[] = [];
  const read = (line: string): void => {
    stream.write(`${line}\n`);
    if (line.endsWith('…')) console.log(`  ${Math.round((performance.now() - startedMs) / 1000)} s  ${line}`);
    last.push(line);
    if (last.length > LAST_LINES) last.shift();
  };
  for (const input of [child.stdout, child.stderr]) createInterface({ input }).on('line', read);
  const code = await new Promise<number | null>((done, failed) => {
    child.once('error', failed);
    child.once('close', done);
  });
  signal.removeEventListener('abort', end);
  stream.end();
  if (code !== 0)
    throw new Error(
      `${script} ended with ${code}; all that it said is in ${log}, at the end:\n  ${last.join('\n  ')}`,
    );
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
