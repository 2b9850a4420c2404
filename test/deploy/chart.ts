import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';
import { helmPath } from '../../tools/kubectl/kubectl.ts';

const run = promisify(execFile);

export const ROOT = resolve(import.meta.dirname, '../..');
export const LIBRARY = 'deploy/charts/operator';

/** A rendered object; its fields are read as loosely as YAML is typed. */
export type Rendered = Record<string, any>;

/** What helm said, whether it was content or not. */
export interface HelmResult {
  readonly exitCode: number;
  readonly output: string;
}

/**
 * The charts in a folder of their own, with their dependencies built there: the repository stays as it is, and
 * helm's caches and settings are not this machine's.
 */
export class ChartCopy implements AsyncDisposable {
  readonly #folder: string;
  readonly #helm: string;

  private constructor(folder: string, helm: string) {
    this.#folder = folder;
    this.#helm = helm;
  }

  /** Copies the library chart and the charts of `modules`, and builds the dependencies. */
  static async create(modules: readonly string[]): Promise<ChartCopy> {
    const folder = await mkdtemp(join(tmpdir(), 'charts-'));
    const copy = new ChartCopy(folder, await helmPath());
    const charts = modules.map((module) => `modules/${module}/chart`);
    const isSource = (path: string): boolean => !path.endsWith('/charts') && !path.endsWith('Chart.lock');
    await cp(join(ROOT, LIBRARY), join(folder, LIBRARY), { recursive: true });
    for (const chart of charts) {
      await cp(join(ROOT, chart), join(folder, chart), { recursive: true, filter: isSource });
      const { exitCode, output } = await copy.helm('dependency', 'build', chart);
      if (exitCode !== 0) throw new Error(output);
    }
    return copy;
  }

  /** Runs helm in the folder; it cannot reach a cluster. */
  helm(...args: string[]): Promise<HelmResult> {
    return this.helmOn(join(this.#folder, 'no-cluster'), ...args);
  }

  /** Runs helm in the folder, on the cluster of a kubeconfig. */
  async helmOn(kubeconfig: string, ...args: string[]): Promise<HelmResult> {
    const env = {
      PATH: process.env['PATH'],
      HOME: this.#folder,
      KUBECONFIG: kubeconfig,
      HTTPS_PROXY: 'http://127.0.0.1:1',
      HTTP_PROXY: 'http://127.0.0.1:1',
      NO_PROXY: '127.0.0.1',
    };
    try {
      const { stdout, stderr } = await run(this.#helm, args, { cwd: this.#folder, env, timeout: 30_000 });
      return { exitCode: 0, output: stdout + stderr };
    } catch (error) {
      const failed = error as { code?: unknown; stdout?: string; stderr?: string };
      if (typeof failed.code !== 'number') throw error;
      return { exitCode: failed.code, output: `${failed.stdout ?? ''}${failed.stderr ?? ''}` };
    }
  }

  /**
   * `helm template` of the release `demo` in the namespace `flows`; `values` as `--set-json` takes them. There is no
   * cluster to make certificates for: without a word about TLS there is a Secret.
   */
  async template(
    module: string,
    values: Readonly<Record<string, unknown>> = {},
    ...args: string[]
  ): Promise<HelmResult> {
    const isTlsSaid = Object.keys(values).some((path) => path.startsWith('tls'));
    const all = isTlsSaid ? values : { 'tls.secretName': 'demo-certificates', ...values };
    const sets = Object.entries(all).flatMap(([path, value]) => [
      '--set-json',
      `${path}=${JSON.stringify(value)}`,
    ]);
    return this.helm('template', 'demo', `modules/${module}/chart`, '--namespace', 'flows', ...sets, ...args);
  }

  /** The objects of {@link template}. */
  async render(module: string, values: Readonly<Record<string, unknown>> = {}): Promise<Rendering> {
    const { exitCode, output } = await this.template(module, values);
    if (exitCode !== 0) throw new Error(output);
    return new Rendering(parseAllDocuments(output).flatMap((document) => document.toJS() ?? []));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** The objects of a rendered chart. */
export class Rendering {
  readonly objects: readonly Rendered[];

  constructor(objects: readonly Rendered[]) {
    this.objects = objects;
  }

  /** All objects of a kind that are not hooks. */
  kind(kind: string): readonly Rendered[] {
    return this.objects.filter((object) => object['kind'] === kind && !isHook(object));
  }

  /** The one object of a kind that is no hook. */
  one(kind: string): Rendered {
    const found = this.kind(kind);
    if (found.length !== 1) throw new Error(`expected one ${kind}, found ${found.length}`);
    return found[0]!;
  }

  /** The pre-delete hook's object of a kind. */
  hook(kind: string): Rendered {
    const found = this.objects.find((object) => object['kind'] === kind && isHook(object));
    if (found === undefined) throw new Error(`no hook of kind ${kind}`);
    return found;
  }

  /** The Deployment's only container. */
  get container(): Rendered {
    return this.one('Deployment')['spec'].template.spec.containers[0];
  }
}

function isHook(object: Rendered): boolean {
  return object['metadata'].annotations?.['helm.sh/hook'] !== undefined;
}
