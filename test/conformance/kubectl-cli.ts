import type { ChildProcess } from 'node:child_process';

import { openBackend, type Backend } from './backend.ts';
import { Workplace, type Output, type Tools } from './workplace.ts';

/** kubectl in a folder of its own, as the administrator of the server under test, in a namespace of its own. */
export class Kubectl implements AsyncDisposable {
  readonly server: Backend;
  readonly #workplace: Workplace;
  readonly #tools: Tools;

  private constructor(server: Backend, workplace: Workplace, tools: Tools) {
    this.server = server;
    this.#workplace = workplace;
    this.#tools = tools;
  }

  static async start(): Promise<Kubectl> {
    const server = await openBackend();
    const workplace = await Workplace.open();
    return new Kubectl(server, workplace, await workplace.as(await server.kubeconfig()));
  }

  run(...words: readonly string[]): Promise<Output> {
    return this.#tools.kubectl(...words);
  }

  /** Runs a command with more in its environment. */
  async runWith(env: Readonly<Record<string, string>>, ...words: readonly string[]): Promise<Output> {
    const tools = await this.#workplace.as(await this.server.kubeconfig(), env);
    return tools.kubectl(...words);
  }

  /** Runs a command that has to succeed; returns what it printed. */
  async out(...words: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run(...words);
    if (code !== 0) throw new Error(`kubectl ${words.join(' ')} failed with ${code}: ${stderr}`);
    return stdout;
  }

  /** Starts a command that goes on. */
  begin(...words: readonly string[]): ChildProcess {
    return this.#tools.startKubectl(...words);
  }

  /** Writes a text, or objects for `-f`; returns the name of the file. */
  write(name: string, ...content: readonly (object | string)[]): Promise<string> {
    return this.#workplace.write(name, ...content);
  }

  /** The whole path of a file, for other programs. */
  pathOf(name: string): string {
    return this.#workplace.pathOf(name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#workplace[Symbol.asyncDispose]();
    await this.server[Symbol.asyncDispose]();
  }
}
