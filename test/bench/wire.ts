import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { runChain, systemClock } from '@tinysystems/core';
import { AddressBook, ClientPool } from '@tinysystems/transport';
import { type Benchmark, median, quantile } from './result.ts';

const IN_FLIGHT = 64;
const ROUND_MS = 1500;
const ROUNDS = 5;

/** Calls a second between two processes, 1 KiB there and back, 64 at once: over a stream, against single gRPC calls. */
export const wire: Benchmark = {
  name: 'wire',
  async run() {
    await using server = await WireServer.start();
    await using pool = server.createPool();
    const [stream, unary] = [createCalls(pool, 'stream'), createCalls(pool, 'unary')];
    await stream.rate(1000);
    await unary.rate(1000);
    stream.latencies.length = 0;
    const ours: number[] = [];
    const single: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      ours.push(await stream.rate(ROUND_MS));
      single.push(await unary.rate(ROUND_MS));
    }
    const [value, referenceValue] = [median(ours), median(single)];
    return [
      {
        name: 'wire',
        value,
        unit: 'calls/s',
        reference: 'grpc-js unary calls between the same processes',
        referenceValue,
        ratio: value / referenceValue,
        p50: quantile(stream.latencies, 0.5),
        p99: quantile(stream.latencies, 0.99),
      },
    ];
  },
};

/** Calls to one module, each in a chain of its own. */
function createCalls(pool: ClientPool, module: string) {
  const latencies: number[] = [];
  const data = { text: 'x'.repeat(1024) };
  const trace = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 0 };
  const call = () => {
    const deadlineMs = systemClock.now() + 60_000;
    const chain = { clock: systemClock, deadlineMs, parents: [], what: 'the benchmark' };
    return runChain(chain, (signal) =>
      pool.deliver(
        module,
        {
          from: { node: 'sender', port: 'out' },
          to: { node: 'target', port: 'in' },
          edgeId: 'to-target',
          data,
          depth: 1,
          deadlineMs,
          trace,
          passed: { node: 'sender', before: undefined },
        },
        signal,
      ),
    );
  };
  const rate = async (durationMs: number): Promise<number> => {
    const startedMs = performance.now();
    let count = 0;
    const worker = async () => {
      while (performance.now() - startedMs < durationMs) {
        const sentMs = performance.now();
        await call();
        latencies.push(performance.now() - sentMs);
        count += 1;
      }
    };
    await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
    return (count / (performance.now() - startedMs)) * 1000;
  };
  return { latencies, rate };
}

/** A process that takes calls in both ways. */
class WireServer implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #ports: Readonly<Record<string, number>>;

  private constructor(child: ChildProcess, ports: Readonly<Record<string, number>>) {
    this.#child = child;
    this.#ports = ports;
  }

  static async start(): Promise<WireServer> {
    const child = fork(new URL('wire-server.ts', import.meta.url), {
      execArgv: ['--conditions=@tinysystems/source'],
    });
    const [ports] = (await once(child, 'message')) as [Record<string, number>];
    return new WireServer(child, ports);
  }

  createPool(): ClientPool {
    const book = new AddressBook();
    for (const [module, port] of Object.entries(this.#ports))
      book.set(module, [{ pod: module, addr: `127.0.0.1:${port}` }]);
    return new ClientPool({ book, clock: systemClock });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#child, 'exit');
    this.#child.kill();
    await ended;
  }
}
