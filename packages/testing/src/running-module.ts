import type { Component, Log } from '@tinysystems/core';
import { loadClusterConfig } from '@tinysystems/kubernetes';
import {
  type Tracing,
  createMetrics,
  createOperator,
  parseOptions,
  startTracing,
} from '@tinysystems/operator';

/** What a module in this process is started with. */
export interface RunningModuleOptions {
  readonly name: string;
  readonly components: readonly Component[];
  readonly podName: string;
  readonly kubeconfig: string;
  readonly namespace: string;
  /** Directory of its certificates. Default: none, and messages in plain text. */
  readonly certificates?: string;
  readonly tracing?: Tracing;
}

/** One line of the module's log. */
export interface LoggedLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** The whole operator of a module, run in this process. */
export class RunningModule implements AsyncDisposable {
  /** What it logged, from the first line. */
  readonly logged: LoggedLine[] = [];
  readonly #stop = new AbortController();
  #ended: Promise<void> = Promise.resolve();
  #failure: unknown;

  private constructor() {
    // Made by `start`.
  }

  static start(options: RunningModuleOptions): RunningModule {
    const running = new RunningModule();
    const { name, components, podName, kubeconfig, namespace, certificates } = options;
    const local = '127.0.0.1:0';
    const parsed = parseOptions(
      [
        '--grpc-server-bind-address',
        local,
        '--health-probe-bind-address',
        local,
        '--metrics-bind-address',
        local,
        '--diagnostics-bind-address',
        local,
        '--namespace',
        namespace,
        ...(certificates === undefined ? [] : ['--grpc-certificates', certificates]),
      ],
      { POD_NAME: podName, TINY_FREEZE: '1' },
      { name, version: '0.1.0' },
    );
    if (parsed === 'help') throw new Error('no flag above asks for help');
    const operator = createOperator({
      options: parsed,
      sdkVersion: '0.1.0',
      components,
      cluster: loadClusterConfig({ kubeconfig }),
      namespace,
      log: running.#log(),
      metrics: createMetrics(),
      tracing: options.tracing ?? startTracing({ module: name, version: '0.1.0', pod: podName, env: {} }),
    });
    running.#ended = operator.run(running.#stop.signal).catch((error: unknown) => {
      running.#failure = error;
    });
    return running;
  }

  /** Whether it takes messages. */
  get isServing(): boolean {
    return this.logged.some((line) => line.message === 'module serves');
  }

  /** The fields that it said when it began to serve: `grpc`, `health`, `metrics`, `identity`. */
  get addresses(): Readonly<Record<string, unknown>> {
    return this.logged.find((line) => line.message === 'module serves')?.fields ?? {};
  }

  /** Throws what ended it. */
  rethrow(): false {
    if (this.#failure === undefined) return false;
    throw new Error('the module ended by itself', { cause: this.#failure });
  }

  /** Stops it in order, as SIGTERM does. */
  async stop(): Promise<void> {
    this.#stop.abort(new Error('the test stops the module'));
    await this.#ended;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #log(): Log {
    const at = (level: LoggedLine['level']) => (fields: object, message: string) => {
      this.logged.push({ level, message, fields: fields as Readonly<Record<string, unknown>> });
    };
    return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
  }
}
