import { setTimeout as sleep } from 'node:timers/promises';
import { BenchCluster } from './kubernetes/bench-cluster.ts';
import type { CandidateNews } from './kubernetes/candidate-process.ts';
import { Child } from './kubernetes/child.ts';
import { type Benchmark, lessIsBetter, quantile } from './result.ts';

const GRACEFUL_RUNS = 40;
/** A crash takes as long as a lease: several leases are watched at once. */
const CRASH_LEASES = 6;
const CRASH_RUNS = 4;
/** The defaults of a LeaderElector. */
const LEASE_DURATION_MS = 15_000;
const RETRY_PERIOD_MS = 2_000;

/** From SIGTERM to the leading process until another one leads. */
export const takeoverGraceful: Benchmark = {
  name: 'takeover-graceful',
  async run() {
    await using cluster = await BenchCluster.start();
    await using pair = await Pair.start(cluster, 'graceful');
    const timesMs: number[] = [];
    for (let run = 0; run < GRACEFUL_RUNS; run += 1) timesMs.push(await pair.takeOver('SIGTERM'));
    return [
      lessIsBetter({
        name: 'takeover-graceful',
        unit: 'ms',
        value: quantile(timesMs, 0.99),
        reference: { name: 'the target for the slowest of a hundred', value: 500 },
        timesMs,
      }),
    ];
  },
};

/** From SIGKILL to the leading process until another one leads. */
export const takeoverCrash: Benchmark = {
  name: 'takeover-crash',
  async run() {
    await using cluster = await BenchCluster.start();
    const timesMs: number[] = [];
    const crash = async (_: unknown, lease: number) => {
      await using pair = await Pair.start(cluster, `crash-${lease}`);
      for (let run = 0; run < CRASH_RUNS; run += 1) {
        // At any moment between two renewals.
        await sleep(Math.random() * RETRY_PERIOD_MS);
        timesMs.push(await pair.takeOver('SIGKILL'));
      }
    };
    await Promise.all(Array.from({ length: CRASH_LEASES }, crash));
    return [
      lessIsBetter({
        name: 'takeover-crash',
        unit: 'ms',
        value: quantile(timesMs, 0.99),
        reference: { name: 'the lease duration and 2 s more, the target', value: LEASE_DURATION_MS + 2_000 },
        timesMs,
      }),
    ];
  },
};

/** Two processes that compete for one lease; the first leads. */
class Pair implements AsyncDisposable {
  readonly #cluster: BenchCluster;
  readonly #lease: string;
  #leader: Child;
  #follower: Child;

  private constructor(cluster: BenchCluster, lease: string, [leader, follower]: readonly [Child, Child]) {
    this.#cluster = cluster;
    this.#lease = lease;
    this.#leader = leader;
    this.#follower = follower;
  }

  static async start(cluster: BenchCluster, lease: string): Promise<Pair> {
    const leader = await candidate(cluster, lease, 'leads');
    return new Pair(cluster, lease, [leader, await candidate(cluster, lease, 'follows')]);
  }

  /** Ends the leader, and starts another follower once the one there is leads. */
  async takeOver(signal: NodeJS.Signals): Promise<number> {
    const [old, next] = [this.#leader, this.#follower];
    const startedMs = performance.now();
    old.kill(signal);
    await says(next, 'leads');
    const tookMs = performance.now() - startedMs;
    await old[Symbol.asyncDispose]();
    this.#leader = next;
    this.#follower = await candidate(this.#cluster, this.#lease, 'follows');
    return tookMs;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#follower[Symbol.asyncDispose]();
    await this.#leader[Symbol.asyncDispose]();
  }
}

async function candidate({ kubeconfig }: BenchCluster, lease: string, news: CandidateNews): Promise<Child> {
  const child = new Child({ file: 'candidate-process.ts', args: [kubeconfig, lease] });
  await says(child, news);
  return child;
}

async function says(child: Child, wanted: CandidateNews): Promise<void> {
  const news = await child.next<CandidateNews>();
  if (news !== wanted) throw new Error(`a candidate ${news}, and it was another one's turn`);
}
