import { Worker } from 'node:worker_threads';
import type { ClusterConfig } from '../client/cluster-config.ts';
import { systemClock } from '../clock.ts';
import type { Clock, Timer } from '../clock.ts';
import type { Election } from '../leader/election.ts';
import { silentLogger } from '../logger.ts';
import type { Logger } from '../logger.ts';
import { noMetrics } from '../metrics.ts';
import type { KubernetesMetrics } from '../metrics.ts';
import { withoutUndefined } from '../without-undefined.ts';
import { Channel } from './channel.ts';
import type { Control, ElectorOptions, ProbeOptions, ProbeServer } from './control.ts';
import { BEAT_MS } from './loop-monitor.ts';
import type { MainMethods, MetricArgument, ThreadData, ThreadMethods } from './protocol.ts';
import { RemoteElector } from './remote-elector.ts';
import { RemoteProbeServer } from './remote-probe-server.ts';
import { SharedFlag } from './shared-flag.ts';
import { SharedTimes } from './shared-times.ts';

/** What a {@link ControlThread} is made of. */
export interface ControlThreadOptions {
  readonly config: ClusterConfig;
  /** Sent with every request, as in `ClientOptions`. */
  readonly userAgent: string;
  /**
   * A main loop that has not turned for so long is given up: `/healthz` fails, and leases are not renewed any more.
   * Default 90 000 ms.
   */
  readonly maxBlockedMs?: number;
  readonly logger?: Logger;
  readonly metrics?: KubernetesMetrics;
}

/**
 * One thread for all elections and probes of the process: they go on however long the main loop is blocked. It starts
 * with the first of them that is run, and takes about 25 MiB.
 *
 * `/healthz` says that the main loop has turned within `maxBlockedMs` and that the elections run; `/readyz` that the
 * checks hold and the loop is not blocked: 2 s without a turn, and it takes 1 s of turning to recover.
 */
export class ControlThread implements Control, AsyncDisposable {
  readonly #options: ControlThreadOptions;
  readonly #clock: Clock = systemClock;
  readonly #logger: Logger;
  readonly #metrics: KubernetesMetrics;
  readonly #beat = new SharedTimes(1);
  readonly #blocked = new SharedFlag();
  readonly #electors: RemoteElector[] = [];
  readonly #servers: RemoteProbeServer[] = [];
  readonly #listeners = new Set<{ readonly call: (durationMs: number) => void }>();
  #worker: Worker | undefined;
  #channel: Channel<MainMethods, ThreadMethods> | undefined;
  #nextBeat: Timer | undefined;

  constructor(options: ControlThreadOptions) {
    this.#options = options;
    this.#logger = options.logger ?? silentLogger;
    this.#metrics = options.metrics ?? noMetrics;
  }

  elector(options: ElectorOptions): Election {
    const { onState: _, ...candidate } = options;
    const election = this.#electors.length;
    const elector = new RemoteElector({
      ...options,
      elect: (lease, signal) => this.#open().call('elect', { election, options: candidate, lease }, signal),
      clock: this.#clock,
      logger: this.#logger,
      metrics: this.#metrics,
    });
    this.#electors.push(elector);
    return elector;
  }

  probeServer(options: ProbeOptions): ProbeServer {
    const { host, port } = options;
    const server = this.#servers.length;
    const readyz = options.readyz.map(({ name }) => name);
    const probeServer = new RemoteProbeServer(options, (signal) =>
      this.#open().call('serve', { server, host, port, readyz }, signal),
    );
    this.#servers.push(probeServer);
    return probeServer;
  }

  get isBlocked(): boolean {
    return this.#blocked.isSet;
  }

  onUnblocked(listener: (durationMs: number) => void): () => void {
    const registration = { call: listener };
    this.#listeners.add(registration);
    return () => void this.#listeners.delete(registration);
  }

  /** Ends the thread; what still runs in it fails. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#nextBeat?.clear();
    this.#channel?.close(new Error('the control thread was ended'));
    await this.#worker?.terminate();
  }

  #open(): Channel<MainMethods, ThreadMethods> {
    if (this.#channel !== undefined) return this.#channel;
    this.#turn();
    const { config, userAgent, maxBlockedMs = 90_000 } = this.#options;
    const { server, namespace, ca, cert, key, serverName, insecureSkipTlsVerify } = config;
    const workerData: ThreadData = {
      cluster: {
        server,
        ...withoutUndefined({ namespace, ca, cert, key, serverName, insecureSkipTlsVerify }),
      },
      userAgent,
      maxBlockedMs,
      beat: this.#beat.buffer,
      blocked: this.#blocked.buffer,
    };
    const worker = new Worker(PROGRAM, { name: 'control', workerData });
    const channel = new Channel<MainMethods, ThreadMethods>(worker, this.#methods());
    worker.on('error', (cause) => channel.close(new Error('the control thread failed', { cause })));
    worker.on('exit', (code) => channel.close(new Error(`the control thread ended with code ${code}`)));
    this.#worker = worker;
    this.#channel = channel;
    return channel;
  }

  /** Says again and again that the main loop turns. */
  #turn(): void {
    this.#beat.set(0, this.#clock.monotonicMs());
    this.#blocked.set(false);
    this.#nextBeat = this.#clock.setTimeout(() => this.#turn(), BEAT_MS);
  }

  #methods(): MainMethods {
    const logger = this.#logger;
    return {
      authorization: (options) => this.#options.config.authorization(options),
      check: async ({ server, check }, signal) => this.#servers[server]?.check(check, signal),
      listening: ({ server, port }) => this.#servers[server]?.listens(port),
      state: ({ election, state }) => this.#electors[election]?.take(state),
      unblocked: ({ durationMs }) => {
        for (const { call } of this.#listeners) call(durationMs);
      },
      log: ({ level, fields, message }) => logger[level](fields, message),
      metric: (metric) => this.#count(metric),
    };
  }

  #count({ name, labels, value }: MetricArgument): void {
    // The thread has checked that labels belong to the name.
    const metrics = this.#metrics as unknown as Record<'increment' | 'observe', CountAny>;
    metrics[name.endsWith('_total') ? 'increment' : 'observe'](name, labels, value);
  }
}

type CountAny = (name: string, labels: object, value: number) => void;

/** Beside this file, in the sources as in what is compiled or bundled from them. */
const PROGRAM = new URL(
  `./control-thread-main.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`,
  import.meta.url,
);
