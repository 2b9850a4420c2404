import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

import { helmPath, kubectlPath } from '../../tools/kubectl/kubectl.ts';

/** For hooks and tests that may have to install kubectl and helm first. */
export const INSTALL_TIMEOUT_MS = 300_000;

export interface Output {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Tools {
  kubectl(...words: readonly string[]): Promise<Output>;
  helm(...words: readonly string[]): Promise<Output>;
  /** Starts a kubectl that goes on, as `get --watch` does. */
  startKubectl(...words: readonly string[]): ChildProcess;
}

/** A folder where the real kubectl and helm run. */
export class Workplace implements AsyncDisposable {
  readonly #folder: string;
  #users = 0;

  static async open(): Promise<Workplace> {
    return new Workplace(await mkdtemp(join(tmpdir(), 'kubectl-')));
  }

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** The tools as one user runs them, with caches of their own; `env` adds to their environment. */
  async as(kubeconfig: string, env: Readonly<Record<string, string>> = {}): Promise<Tools> {
    this.#users += 1;
    const [file, home] = [`config-${this.#users}`, `home-${this.#users}`].map((name) =>
      join(this.#folder, name),
    );
    await writeFile(file ?? '', kubeconfig, { mode: 0o600 });
    const options = {
      cwd: this.#folder,
      env: { ...process.env, KUBECONFIG: file, HOME: home, ...env },
      timeout: 60_000,
    };
    const [kubectl, helm] = [await kubectlPath(), await helmPath()];
    return {
      kubectl: (...words) => outputOf(execute(kubectl, words, options)),
      helm: (...words) => outputOf(execute(helm, words, options)),
      startKubectl: (...words) => spawn(kubectl, words, options),
    };
  }

  /** Writes a text, or objects for `-f`; returns the name of the file. */
  async write(name: string, ...content: readonly (object | string)[]): Promise<string> {
    const texts = content.map((part) => (typeof part === 'string' ? part : JSON.stringify(part)));
    const file = join(this.#folder, name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, texts.join('\n---\n'));
    return name;
  }

  /** The whole path of a file, for other programs. */
  pathOf(name: string): string {
    return join(this.#folder, name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true });
  }
}

const execute = promisify(execFile);

async function outputOf(
  running: Promise<{ readonly stdout: string; readonly stderr: string }>,
): Promise<Output> {
  try {
    return { code: 0, ...(await running) };
  } catch (error) {
    const { code = 1, stdout = '', stderr = '' } = error as Partial<Output>;
    return { code, stdout, stderr };
  }
}
