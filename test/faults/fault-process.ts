import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { eventually } from '@tinysystems/testing';

/** Times of a lease, seconds. */
export interface LeaseTimes {
  readonly durationS: number;
  readonly deadlineS: number;
  readonly retryS: number;
}

/** What modules use when nobody says otherwise. */
export const DEFAULT_LEASE: LeaseTimes = { durationS: 15, deadlineS: 10, retryS: 2 };
/** For many rounds in little time. */
export const FAST_LEASE: LeaseTimes = { durationS: 4, deadlineS: 3, retryS: 0.5 };

/** The lease of the module. */
export const LEASE_NAME = 'fault-module-lock';
/** A process may have to share its machine with many. */
const START_LIMIT_MS = 120_000;

/** What the image gives Node. */
const IMAGE_FLAGS = ['--enable-source-maps', '--max-semi-space-size=8'];

/** What a {@link FaultProcess} is started with. */
export interface FaultProcessOptions {
  /** The bundle of `fault-module.ts`, or of another program that runs a module. */
  readonly program: string;
  /** The module that it runs as; default: what the program calls itself. */
  readonly module?: string;
  readonly kubeconfig: string;
  readonly podName: string;
  /** Directory of its certificates. */
  readonly certificates: string;
  /** Where its `ledger` nodes write. */
  readonly ledger: string;
  readonly lease: LeaseTimes;
}

interface Line {
  readonly time: string;
  readonly msg: string;
  /** When it was read here, milliseconds of `performance.now()`. */
  readonly readMs: number;
  readonly health?: number;
  readonly identity?: string;
  readonly metrics?: number;
  /** Where a `door` of `wire-module.ts` takes orders. */
  readonly door?: string;
  /** Of what tells of an election. */
  readonly lease?: string;
}

/** One replica of a module, as a process that can be stopped, killed and paused. */
export class FaultProcess implements AsyncDisposable {
  readonly podName: string;
  readonly lines: Line[] = [];
  readonly #child: ChildProcess;
  readonly #exited: Promise<readonly [code: number | null]>;
  readonly #leaseName: string;
  #errors = '';

  private constructor(podName: string, child: ChildProcess, leaseName: string) {
    this.podName = podName;
    this.#leaseName = leaseName;
    this.#child = child;
    this.#exited = once(child, 'exit') as Promise<[number | null]>;
    child.stderr?.on('data', (chunk: Buffer) => (this.#errors += chunk.toString()));
    if (child.stdout !== null)
      createInterface({ input: child.stdout }).on('line', (line) => this.#read(line));
  }

  static start(options: FaultProcessOptions): FaultProcess {
    const { program, module, kubeconfig, podName, certificates, ledger, lease } = options;
    const local = '127.0.0.1:0';
    const flags = [
      ...['run', '--namespace', 'default', '--kubeconfig', kubeconfig],
      ...['--grpc-server-bind-address', local, '--health-probe-bind-address', local],
      ...['--metrics-bind-address', local, '--diagnostics-bind-address', local],
      ...['--grpc-certificates', certificates],
      ...(module === undefined ? [] : ['--name', module]),
      ...['--leader-elect-lease-duration', String(lease.durationS)],
      ...['--leader-elect-renew-deadline', String(lease.deadlineS)],
      ...['--leader-elect-retry-period', String(lease.retryS)],
    ];
    const child = spawn(process.execPath, [...IMAGE_FLAGS, program, ...flags], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NODE_OPTIONS: '', POD_NAME: podName, FAULT_LEDGER: ledger },
    });
    return new FaultProcess(podName, child, module === undefined ? LEASE_NAME : `${module}-lock`);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Waits until it logs `message` for the nth time. @returns when, milliseconds of `performance.now()`. */
  async logged(message: string, { nth = 1, timeoutMs = 60_000 } = {}): Promise<number> {
    return eventually(
      () => {
        const found = this.lines.filter(({ msg }) => msg === message)[nth - 1];
        if (found !== undefined) return found.readMs;
        const seen = this.lines.map(({ msg }) => msg).slice(-20);
        throw new Error(`${this.podName} has not logged "${message}": ${seen.join('; ')} ${this.#errors}`);
      },
      { timeoutMs },
    );
  }

  /** How often it has logged `message`. */
  count(message: string): number {
    return this.lines.filter(({ msg }) => msg === message).length;
  }

  get identity(): string {
    return this.lines.find(({ msg }) => msg === 'module serves')?.identity ?? '';
  }

  /** One probe. */
  async probe(path: 'healthz' | 'readyz'): Promise<{ code: number; text: string; tookMs: number }> {
    const port = this.lines.find(({ msg }) => msg === 'module serves')?.health;
    const startedMs = performance.now();
    const response = await fetch(`http://127.0.0.1:${port}/${path}`, { signal: AbortSignal.timeout(10_000) });
    const text = await response.text();
    return { code: response.status, text, tookMs: performance.now() - startedMs };
  }

  /** The value of the lines of its metrics that begin so, added up. */
  async metric(start: string): Promise<number> {
    const port = this.lines.find(({ msg }) => msg === 'module serves')?.metrics;
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    const lines = text.split('\n').filter((line) => line.startsWith(start));
    return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
  }

  /** Waits until it is ready; then it has also seen who leads. */
  async ready(): Promise<void> {
    await this.logged('module serves', { timeoutMs: START_LIMIT_MS });
    await eventually(
      async () => {
        const { code, text } = await this.probe('readyz');
        if (code !== 200) throw new Error(text);
      },
      { timeoutMs: 60_000, intervalMs: 20 },
    );
  }

  /** How it fares and what it said last, for whoever looks for the cause of a failure. */
  get story(): string {
    const { exitCode, signalCode } = this.#child;
    const end = exitCode === null && signalCode === null ? 'runs' : `ended with ${exitCode ?? signalCode}`;
    const said = this.lines.slice(-12).map(({ time, msg }) => `${time} ${msg}`);
    return `${this.podName} (${this.pid}) ${end}: ${said.join('; ')} ${this.#errors.slice(-2000)}`;
  }

  /** Waits until the process has ended. @returns its code; `null`: by a signal. */
  async exited(): Promise<number | null> {
    return (await this.#exited)[0];
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL'); // Ends a paused one, too.
    await this.#exited;
  }

  #read(text: string): void {
    if (!text.startsWith('{')) return;
    const line = { ...(JSON.parse(text) as Omit<Line, 'readMs'>), readMs: performance.now() };
    // The namespace has another election, for what belongs to no module.
    if (line.lease === undefined || line.lease === this.#leaseName) this.lines.push(line);
  }
}
