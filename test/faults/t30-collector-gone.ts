import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, type Socket, createServer } from 'node:net';
import { join } from 'node:path';
import { createCollector } from '../integration/collector.ts';
import type { Fault } from './fault.ts';
import type { Round, RoundResult } from './t30-process.ts';

/** How many spans may wait for a collector, and how many are on their way in one batch. */
const MAX_WAITING = 2048;
const MAX_BATCH = 128;

const NAMES = ['healthy', 'down', 'silent', 'none'] as const;

/**
 * T30: every chain is recorded, and the collector that spans go to is down, or takes connections and says nothing. What
 * that costs is told against one that takes all; a process without a collector runs beside them and is reported.
 */
export const collectorGone: Fault = {
  id: 'T30',
  title: 'The collector of the spans is down, or silent',
  target:
    'p99 of messages at most 5 % above that with a collector that takes all, in the same run; at most 2,048 spans wait, the others are dropped and counted',
  async run(scale) {
    const round: Round = { chains: scale.of(500, 3000), perSecond: 1000 };
    const rounds = scale.of(3, 9);
    // A machine that runs other tests meanwhile shows that nothing hangs; how much it costs is for the full form.
    const limit = scale.of(20, 1.05);
    await using stack = new AsyncDisposableStack();
    const healthy = stack.use(await createCollector());
    const silent = stack.use(await silentServer());
    const processes = {
      healthy: stack.use(TracedProcess.start(healthy.endpoint)),
      down: stack.use(TracedProcess.start(`http://127.0.0.1:${await closedPort()}`)),
      silent: stack.use(TracedProcess.start(`http://127.0.0.1:${silent.port}`)),
      none: stack.use(TracedProcess.start(undefined)),
    };
    await Promise.all(Object.values(processes).map((process) => process.ready));
    for (const process of Object.values(processes)) await process.play(round); // warms up, and fills the queues
    const latencies = Object.fromEntries(NAMES.map((name) => [name, [] as number[]])) as Latencies;
    const last = new Map<string, RoundResult>();
    let batches = 0;
    for (let n = 0; n < rounds; n += 1) {
      for (let turn = 0; turn < NAMES.length; turn += 1) {
        const name = NAMES[(n + turn) % NAMES.length] ?? 'healthy'; // none of them is always the first
        const result = await processes[name].play(round);
        latencies[name].push(...result.latenciesMs);
        last.set(name, result);
        batches += healthy.received.splice(0).length;
      }
    }
    const p99Ms = (name: Name) => p99Of(latencies[name]);
    assert.ok(batches > 0, 'the healthy collector got nothing');
    assert.ok(silent.connections() > 0, 'nobody has called the silent collector');
    for (const name of ['down', 'silent'] as const) {
      const { made, waiting, dropped } = last.get(name) as RoundResult;
      assert.ok(waiting <= MAX_WAITING, `${waiting} spans wait for a collector that is ${name}`);
      assert.ok(dropped > 0 || made <= MAX_WAITING + MAX_BATCH, `no span was counted as dropped: ${name}`);
      assert.ok(
        made - waiting - dropped <= MAX_BATCH,
        `${made} made, ${waiting} wait, ${dropped} dropped: ${name}`,
      );
      assert.ok(
        p99Ms(name) <= limit * p99Ms('healthy'),
        `p99 ${p99Ms(name)} ms with a collector that is ${name}, ${p99Ms('healthy')} ms with one that takes all`,
      );
    }
    const down = last.get('down');
    return {
      p99HealthyMs: rounded(p99Ms('healthy')),
      p99DownMs: rounded(p99Ms('down')),
      p99SilentMs: rounded(p99Ms('silent')),
      p99NoneMs: rounded(p99Ms('none')),
      ratioDown: rounded(p99Ms('down') / p99Ms('healthy')),
      ratioSilent: rounded(p99Ms('silent') / p99Ms('healthy')),
      spansMade: down?.made ?? 0,
      spansWaiting: down?.waiting ?? 0,
      spansDropped: down?.dropped ?? 0,
    };
  },
};

type Name = (typeof NAMES)[number];
type Latencies = Record<Name, number[]>;

/** A process that records every chain and sends the spans to a collector. */
class TracedProcess implements AsyncDisposable {
  readonly #child: ChildProcess;

  /** Resolves once it takes rounds. */
  readonly ready: Promise<unknown>;

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.ready = once(child, 'message', { signal: AbortSignal.timeout(60_000) });
  }

  static start(collector: string | undefined): TracedProcess {
    const { OTEL_EXPORTER_OTLP_ENDPOINT: _ours, ...env } = process.env;
    const child = fork(join(import.meta.dirname, 't30-process.ts'), {
      execArgv: ['--conditions=@tinysystems/source'],
      env: {
        ...env,
        NODE_OPTIONS: '',
        ...(collector !== undefined && { OTEL_EXPORTER_OTLP_ENDPOINT: collector }),
      },
    });
    return new TracedProcess(child);
  }

  async play(round: Round): Promise<RoundResult> {
    const answer = once(this.#child, 'message', { signal: AbortSignal.timeout(120_000) });
    this.#child.send(round);
    const [result] = (await answer) as [RoundResult];
    return result;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await ended;
  }
}

/** Takes every connection, and says nothing. */
async function silentServer() {
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('error', () => undefined);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => connections,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await server[Symbol.asyncDispose]();
    },
  };
}

async function closedPort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  await server[Symbol.asyncDispose]();
  return port;
}

/** Of all rounds together, which alternate: a single one has too few of the slowest. */
function p99Of(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN;
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
