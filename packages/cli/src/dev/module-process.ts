import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { FailureReport } from './failure-report.ts';
import type { LocalModule } from './modules.ts';
import type { LogRecord, Output } from './output.ts';

const FIRST_BACKOFF_MS = 500;
const MAX_BACKOFF_MS = 10_000;
/** A process that ran this long before it died starts again without a wait. */
const CALM_MS = 30_000;
const STOP_GRACE_MS = 20_000;
/** What holds the output of a process that has ended open, e.g. a child of its own, has this long to let go. */
const OUTPUT_GRACE_MS = 1000;
const PROBE_TIMEOUT_MS = 1000;
/**
 * Node makes the young part of the heap as large as the machine allows, not as the module needs: up to 192 MiB in each
 * process. 24 MiB are as fast.
 */
const HEAP_FLAGS = ['--max-semi-space-size=8'];
/** A process that failed so often before it served is not waited for. */
const HOPELESS_FAILURES = 2;

/** Where a module process listens, as it says itself. */
export interface Addresses {
  readonly grpc: string;
  readonly health: number;
  readonly metrics: number;
}

/** What a module process is started with. */
export interface ModuleProcessOptions {
  readonly module: LocalModule;
  /** 0, 1 … among the replicas of the module. */
  readonly index: number;
  readonly kubeconfig: string;
  readonly namespace: string;
  /** Directory of its certificates. */
  readonly certificates: string;
  readonly output: Output;
}

/** One replica of a module as a child process; started again, with back-off, whenever it dies. */
export class ModuleProcess {
  readonly name: string;
  readonly #options: ModuleProcessOptions;
  readonly #report: FailureReport;
  #child: ChildProcess | undefined;
  #ended: Promise<void> = Promise.resolve();
  #restart: NodeJS.Timeout | undefined;
  #isStopping = false;
  #failures = 0;
  #addresses: Addresses | undefined;

  constructor(options: ModuleProcessOptions) {
    const { module, index, output } = options;
    this.#options = options;
    this.name = `${module.name}-${index}`;
    this.#report = new FailureReport((text) => output.problem(this.name, text));
  }

  get module(): LocalModule {
    return this.#options.module;
  }

  /** Where it listens; `undefined` until it serves. */
  get addresses(): Addresses | undefined {
    return this.#addresses;
  }

  /** Why it does not start, once it has failed to twice; it is tried again all the same. */
  get problem(): string | undefined {
    if (this.#addresses !== undefined || this.#failures < HOPELESS_FAILURES) return undefined;
    return this.#report.summary;
  }

  /** Whether it says of itself that it is ready. */
  async isReady(): Promise<boolean> {
    if (this.#addresses === undefined) return false;
    try {
      const { status } = await fetch(`http://127.0.0.1:${this.#addresses.health}/readyz`, {
        signal: AbortSignal.timeout(PROBE_TIMEOUT_MS),
      });
      return status === 200;
    } catch {
      return false; // it has just died, and `#onEnd` says so
    }
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  start(): void {
    const { module, kubeconfig, namespace, certificates } = this.#options;
    const startedMs = performance.now();
    const local = '127.0.0.1:0';
    const flags = ['run', '--name', module.name, '--namespace', namespace, '--kubeconfig', kubeconfig];
    const addresses = [
      ...['--grpc-server-bind-address', local, '--grpc-certificates', certificates],
      ...['--health-probe-bind-address', local],
      ...['--metrics-bind-address', local],
      ...['--diagnostics-bind-address', local],
    ];
    // A group of its own: Ctrl-C reaches `dev` alone, which stops its modules in order. The channel tells a module
    // that `dev` is gone, however it ended.
    const child = spawn(
      process.execPath,
      [...process.execArgv, ...HEAP_FLAGS, module.main, ...flags, ...addresses],
      {
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
        env: { ...process.env, POD_NAME: this.name },
      },
    );
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      if (stream !== null) createInterface({ input: stream }).on('line', (line) => this.#read(line));
    }
    this.#ended = ended(child).then((how) => this.#onEnd(how, performance.now() - startedMs));
  }

  /** Tells it to stop, waits, and kills it when it does not. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    clearTimeout(this.#restart);
    const child = this.#child;
    child?.kill('SIGTERM');
    const kill = setTimeout(() => {
      this.#options.output.problem(this.name, `did not stop within ${STOP_GRACE_MS / 1000} s and was killed`);
      child?.kill('SIGKILL');
    }, STOP_GRACE_MS);
    await this.#ended;
    clearTimeout(kill);
  }

  #onEnd(how: string, ranMs: number): void {
    const hasServed = this.#addresses !== undefined;
    this.#child = undefined;
    this.#addresses = undefined;
    if (this.#isStopping) return;
    this.#failures = ranMs >= CALM_MS ? 0 : this.#failures + 1;
    const delayMs =
      this.#failures === 0 ? 0 : Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (this.#failures - 1));
    const when = delayMs === 0 ? 'now' : `in ${delayMs / 1000} s`;
    this.#report.ended(`${how}; starting it again ${when}`, hasServed);
    this.#restart = setTimeout(() => this.start(), delayMs);
  }

  #read(line: string): void {
    const record = parseRecord(line);
    if (record?.msg === 'module serves') {
      this.#addresses = {
        grpc: String(record['grpc']),
        health: Number(record['health']),
        metrics: Number(record['metrics']),
      };
      this.#report.show();
    }
    const text = record === undefined ? line : this.#options.output.textOf(record);
    if (text !== undefined) this.#report.line(text);
  }
}

/** Resolves with how a process ended, once all that it wrote has been read. */
function ended(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => {
      if (child.pid === undefined) resolve(`cannot be started: ${error.message}`);
    });
    child.once('exit', () => {
      const letGo = setTimeout(() => {
        child.stdout?.destroy();
        child.stderr?.destroy();
      }, OUTPUT_GRACE_MS);
      child.once('close', () => clearTimeout(letGo));
    });
    child.once('close', (code, signal) =>
      resolve(signal === null ? `ended with code ${code}` : `was ended by ${signal}`),
    );
  });
}

function parseRecord(line: string): LogRecord | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const record = JSON.parse(line) as Partial<LogRecord>;
    return typeof record.level === 'string' && typeof record.msg === 'string'
      ? (record as LogRecord)
      : undefined;
  } catch {
    return undefined; // not a log line: it is shown as it is
  }
}
