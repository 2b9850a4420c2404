import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { eventually } from '@tinysystems/testing';
import { kubectlPath } from '../../tools/kubectl/kubectl.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const READY_TIMEOUT_MS = 60_000;
const run = promisify(execFile);

/** Options of {@link DevProcess.start}. */
export interface DevOptions {
  /** More flags of `tinysystems dev`. */
  readonly flags?: readonly string[];
  /** Starts again in the folder of an earlier run. */
  readonly folder?: string;
}

/** `tinysystems dev` with the hello flow, as a person runs it, on free ports and in a folder of its own. */
export class DevProcess implements AsyncDisposable {
  readonly folder: string;
  readonly #child: ChildProcess;
  readonly #ownsFolder: boolean;
  #output = '';

  private constructor(folder: string, child: ChildProcess, ownsFolder: boolean) {
    this.folder = folder;
    this.#child = child;
    this.#ownsFolder = ownsFolder;
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => (this.#output += chunk.toString()));
  }

  /** Starts it and waits for the ready block. */
  static async start({ flags = [], folder }: DevOptions = {}): Promise<DevProcess> {
    const home = folder ?? (await mkdtemp(join(tmpdir(), 'tinysystems-dev-')));
    if (folder === undefined) {
      const flow = await readFile(join(ROOT, 'examples/hello/flow.yaml'), 'utf8');
      await writeFile(join(home, 'flow.yaml'), flow.replace('port: 8090', 'port: 0'));
    }
    const args = [
      'packages/cli/src/main.ts',
      'dev',
      '--listen',
      '127.0.0.1:0',
      '--data',
      join(home, 'data'),
      '--apply',
      join(home, 'flow.yaml'),
    ];
    const child = spawn(process.execPath, ['--conditions=@tinysystems/source', ...args, ...flags], {
      cwd: ROOT,
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    const dev = new DevProcess(home, child, folder === undefined);
    try {
      await dev.says(/TinySystems is ready/, READY_TIMEOUT_MS);
    } catch (error) {
      await dev[Symbol.asyncDispose]();
      throw error;
    }
    return dev;
  }

  /** What it printed so far. */
  get output(): string {
    return this.#output;
  }

  get kubeconfig(): string {
    return join(this.folder, 'data', 'kubeconfig');
  }

  /** Waits until it printed something. */
  async says(pattern: RegExp, timeoutMs = 30_000): Promise<void> {
    await eventually(
      () => {
        if (pattern.test(this.#output)) return true;
        if (this.#child.exitCode !== null)
          throw new Error(`it ended with code ${this.#child.exitCode}:\n${this.#output}`);
        throw new Error(`it did not say ${pattern.source}:\n${this.#output}`);
      },
      { timeoutMs, intervalMs: 25 },
    );
  }

  /** Runs the real kubectl against it. */
  async kubectl(...args: readonly string[]): Promise<string> {
    const { stdout } = await run(await kubectlPath(), ['--kubeconfig', this.kubeconfig, ...args], {
      env: { ...process.env, HOME: this.folder },
    });
    return stdout;
  }

  /** Applies YAML as `kubectl apply -f -` would. */
  async apply(yaml: string): Promise<string> {
    const file = join(this.folder, 'apply.yaml');
    await writeFile(file, yaml);
    return this.kubectl('apply', '-f', file);
  }

  /** The address of the hello flow's HTTP server: its port is kept in the node's state. */
  async url(): Promise<string> {
    const port = await this.kubectl('get', 'tinynode', 'server', '-o', 'jsonpath={.status.metadata.port}');
    return `http://127.0.0.1:${port}`;
  }

  /** Process ids of the modules, and of everything else below `dev`. */
  async children(): Promise<readonly number[]> {
    const { stdout } = await run('ps', ['-o', 'pid=', '--ppid', String(this.#child.pid)]);
    return stdout
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map(Number);
  }

  /** Process id of one replica of a module. */
  async pidOf(replica: string): Promise<number> {
    for (const pid of await this.children()) {
      const environment = await readFile(`/proc/${pid}/environ`, 'utf8');
      if (environment.split('\0').includes(`POD_NAME=${replica}`)) return pid;
    }
    throw new Error(`no process of ${replica}`);
  }

  /** Presses Ctrl-C and waits for the end. */
  async interrupt(): Promise<number | null> {
    const ended = new Promise<number | null>((done) => this.#child.once('exit', (code) => done(code)));
    this.#child.kill('SIGINT');
    return this.#child.exitCode ?? ended;
  }

  /** Ends it as a crash does: without a chance to stop anything. */
  kill(): void {
    this.#child.kill('SIGKILL');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await this.interrupt();
    if (this.#ownsFolder) await rm(this.folder, { recursive: true, force: true });
  }
}

/** Whether a process lives. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false; // ESRCH: there is no such process
  }
}
