import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { LEASE, LeaderElector } from '@tinysystems/kubernetes';
import { Cluster, eventually, running } from './kubernetes-cluster.ts';
import { Proxy } from './kubernetes-proxy.ts';

describe('LeaderElector with an API server', () => {
  it('has one leader among many', async () => {
    await using cluster = await Cluster.start();
    const electors = ['a', 'b', 'c'].map((identity) => electorOf(cluster, identity));
    await using stack = new AsyncDisposableStack();
    for (const elector of electors) stack.use(running(elector));

    await eventually(() => expect(electors.every(({ holder }) => holder !== undefined)).toBe(true));

    expect(electors.filter(({ isLeader }) => isLeader)).toHaveLength(1);
    expect(new Set(electors.map(({ holder }) => holder)).size).toBe(1);
  });

  it('hands over within a second when the leading process is told to stop', async () => {
    await using cluster = await Cluster.start();
    await using leader = await startLeader(cluster, 'first');
    const follower = electorOf(cluster, 'second');
    await using _ = running(follower);
    await eventually(() => expect(follower.holder).toBe('first'));

    const stoppedMs = performance.now();
    leader.kill('SIGTERM');
    await eventually(() => expect(follower.isLeader).toBe(true));

    expect(performance.now() - stoppedMs).toBeLessThan(1_000);
    expect(follower.leaseTransitions).toBe(1);
  });

  it('takes over when the lease of a killed process ends', async () => {
    await using cluster = await Cluster.start();
    await using leader = await startLeader(cluster, 'first');
    const follower = electorOf(cluster, 'second');
    await using _ = running(follower);
    await eventually(() => expect(follower.holder).toBe('first'));

    const killedMs = performance.now();
    leader.kill('SIGKILL');
    await eventually(() => expect(follower.isLeader).toBe(true));
    const tookMs = performance.now() - killedMs;

    expect(tookMs).toBeGreaterThan(2_000);
    expect(tookMs).toBeLessThan(4_000);
  });

  it('does not take over from a leader that is paused, before its lease ends, and the woken one finds out', async () => {
    await using cluster = await Cluster.start();
    await using leader = await startLeader(cluster, 'first');
    const follower = electorOf(cluster, 'second');
    await using _ = running(follower);
    await eventually(() => expect(follower.holder).toBe('first'));
    leader.kill('SIGSTOP');
    await eventually(() => expect(follower.isLeader).toBe(true));

    leader.kill('SIGCONT');

    await eventually(() => expect(leader.lines.at(-1)).toBe('follows'));
    expect(follower.isLeader).toBe(true);
  });

  it('steps down behind a broken network before anybody else leads, and follows when it is back', async () => {
    await using cluster = await Cluster.start();
    await using proxy = await Proxy.start(cluster.controlPlane.port);
    const first = electorOf(cluster, 'first', proxy.url);
    await using _first = running(first);
    await eventually(() => expect(first.isLeader).toBe(true));
    const second = electorOf(cluster, 'second');
    await using _second = running(second);
    await eventually(() => expect(second.holder).toBe('first'));
    let hadTwoLeaders = false;
    second.onChange((isLeader) => (hadTwoLeaders ||= isLeader && (first.isLeader || first.holdsLease())));

    proxy.freeze();
    await eventually(() => expect(second.isLeader).toBe(true));
    expect(hadTwoLeaders).toBe(false);
    proxy.thaw();
    proxy.reset();

    await eventually(() => expect(first.holder).toBe('second'));
    expect(first.isLeader).toBe(false);
  });

  it('goes on leading through reset connections, conflicts and a restart of the API server', async () => {
    await using cluster = await Cluster.start();
    await using proxy = await Proxy.start(cluster.controlPlane.port);
    const elector = electorOf(cluster, 'only', proxy.url, PATIENT);
    const changes: boolean[] = [];
    elector.onChange((isLeader) => changes.push(isLeader));
    await using _ = running(elector);
    await eventually(() => expect(elector.isLeader).toBe(true));
    proxy.reset();
    cluster.controlPlane.faults.failNext({ count: 2, status: 409, method: 'PUT', path: /leases/ });
    const before = await renewTimeOf(cluster);
    await eventually(async () => expect(await renewTimeOf(cluster)).not.toBe(before));
    await cluster.down();
    await cluster.up();
    const after = await renewTimeOf(cluster);
    await eventually(async () => expect(await renewTimeOf(cluster)).not.toBe(after));

    expect(changes).toEqual([true]);
    expect(elector.holdsLease()).toBe(true);
  });

  it('steps down while the API server is away, and leads again afterwards', async () => {
    await using cluster = await Cluster.start();
    const elector = electorOf(cluster, 'only');
    await using _ = running(elector);
    await eventually(() => expect(elector.isLeader).toBe(true));
    await cluster.down();
    await eventually(() => expect(elector.isLeader).toBe(false));
    await cluster.up();

    await eventually(() => expect(elector.isLeader).toBe(true));
  });

  it('sends one write per renewal and nothing else', async () => {
    await using cluster = await Cluster.start();
    const electors = [electorOf(cluster, 'a'), electorOf(cluster, 'b')];
    await using stack = new AsyncDisposableStack();
    for (const elector of electors) stack.use(running(elector));
    await eventually(() => expect(electors.every(({ holder }) => holder !== undefined)).toBe(true));
    const renewal = 'PUT /apis/coordination.k8s.io/v1/namespaces/default/leases/job';
    await eventually(() => expect(cluster.takeRequests()).toEqual([renewal])); // Now both have settled.
    const requests: string[] = [];
    await eventually(() => {
      requests.push(...cluster.takeRequests());
      expect(requests.length).toBeGreaterThanOrEqual(4);
    });

    expect(new Set(requests)).toEqual(new Set([renewal]));
  });
});

/** Longer than a restart of the API server takes on a busy machine: what is tested is that nothing is given up. */
const PATIENT = { leaseDurationMs: 15_000, renewDeadlineMs: 10_000 };

function electorOf(
  cluster: Cluster,
  identity: string,
  server?: string,
  timing: Partial<typeof PATIENT> = {},
): LeaderElector {
  return new LeaderElector({
    client: cluster.connect(server),
    namespace: 'default',
    leaseName: 'job',
    identity,
    leaseDurationMs: 3_000,
    renewDeadlineMs: 2_000,
    retryPeriodMs: 500,
    ...timing,
  });
}

async function renewTimeOf(cluster: Cluster): Promise<string | undefined> {
  return (await cluster.connect().resource(LEASE, 'default').get('job')).spec?.renewTime;
}

async function startLeader(cluster: Cluster, identity: string) {
  const program = join(import.meta.dirname, 'kubernetes-leader-process.ts');
  const child = spawn(
    process.execPath,
    ['--conditions=@tinysystems/source', '--no-warnings', program, cluster.kubeconfig, identity],
    { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, NODE_OPTIONS: '' } },
  );
  const exited = once(child, 'exit');
  const lines: string[] = [];
  child.stdout.setEncoding('utf8').on('data', (text: string) => lines.push(...text.trim().split('\n')));
  await eventually(() => expect(lines).toEqual(['leads']));
  return {
    lines,
    kill: (signal: NodeJS.Signals) => child.kill(signal),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
