import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ControlThread, type Election, LeaderElector, loadClusterConfig } from '@tinysystems/kubernetes';
import { RecordingMetrics } from '../../packages/kubernetes/test/recording-metrics.ts';
import { Cluster, eventually, running } from './kubernetes-cluster.ts';

const TIMING = { leaseDurationMs: 3_000, renewDeadlineMs: 2_000, retryPeriodMs: 500 };

describe('ControlThread with an API server', () => {
  it('keeps the lease and answers probes while the main loop is blocked for longer than the lease lasts', async () => {
    await using cluster = await Cluster.start();
    await using blocked = await startProcess(cluster, 90_000);
    await blocked.says({ leads: true, term: 1 });
    await using rival = await startRival(cluster);

    blocked.block(6_000);

    // Not ready as soon as it is noticed, and alive all the time.
    await eventually(async () => {
      const { code, text, tookMs } = await blocked.probe('readyz');
      expect(tookMs).toBeLessThan(1_000);
      expect(text).toContain('[-]event loop failed: the main loop has not turned');
      expect(code).toBe(500);
      expect(await blocked.probe('healthz')).toMatchObject({ code: 200 });
    });
    await blocked.says({ holdsLease: true, isBlocked: true });
    await eventually(() => expect(blocked.facts).toContainEqual({ durationMs: expect.any(Number) }));
    await eventually(async () => expect(await blocked.probe('readyz')).toMatchObject({ code: 200 }));
    expect(blocked.facts.find(({ durationMs }) => durationMs !== undefined)?.durationMs).toBeGreaterThan(
      5_500,
    );
    expect(blocked.facts.filter(({ leads }) => leads !== undefined)).toEqual([{ leads: true, term: 1 }]);
    expect(rival.elector.term).toBe(0);
  }, 60_000);

  it('is not alive, and lets go of the lease, when the main loop has not turned for too long', async () => {
    await using cluster = await Cluster.start();
    await using blocked = await startProcess(cluster, 1_000);
    await blocked.says({ leads: true, term: 1 });
    await using rival = await startRival(cluster);

    blocked.block(9_000);

    await eventually(async () => {
      const { code, text } = await blocked.probe('healthz');
      expect(text).toContain('[-]event loop failed');
      expect(code).toBe(500);
    });
    await eventually(() => expect(rival.elector.isLeader).toBe(true));
    await blocked.says({ holdsLease: false, isBlocked: true });
    await blocked.says({ leads: false, term: 1 });
  }, 60_000);

  it('releases the lease when it is stopped, and hands it to another process at once', async () => {
    await using test = await start();
    await eventually(() => expect(test.elector.isLeader).toBe(true));
    const heir = test.control.elector({
      namespace: 'default',
      leaseName: 'job',
      identity: 'heir',
      ...TIMING,
    });
    await using _ = running(heir);
    await eventually(() => expect(heir.holder).toBe('first'));

    await test.stopElector();

    expect(test.elector.isLeader).toBe(false);
    await eventually(() => expect(heir.holdsLease()).toBe(true));
    expect(heir.leaseTransitions).toBe(1);
  });

  it('answers probes with what the main thread checks, and tells where it listens', async () => {
    await using test = await start();
    let isOpen = false;
    const probes = test.control.probeServer({
      host: '127.0.0.1',
      port: 0,
      readyz: [
        {
          name: 'open',
          check: () => {
            if (!isOpen) throw new Error('not open yet');
          },
        },
      ],
    });
    await using _ = running(probes);
    await probes.waitForSync(AbortSignal.timeout(10_000));
    const get = async (path: string) => {
      const response = await fetch(`http://127.0.0.1:${probes.port}${path}`);
      return { code: response.status, text: await response.text() };
    };
    expect(await get('/healthz?verbose')).toEqual({
      code: 200,
      text: '[+]event loop ok\n[+]elections ok\nhealthz check passed\n',
    });
    await eventually(async () =>
      expect((await get('/readyz')).text).toContain('[-]open failed: not open yet'),
    );

    isOpen = true;

    await eventually(async () => expect(await get('/readyz')).toEqual({ code: 200, text: 'ok' }));
  });

  it('fails, naming host and port, when it cannot listen', async () => {
    await using test = await start();
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const probes = test.control.probeServer({ host: '127.0.0.1', port, readyz: [] });

    await expect(probes.run(new AbortController().signal)).rejects.toThrow(
      `cannot listen on 127.0.0.1:${port}`,
    );
    taken.close();
  });

  it('counts the requests of the thread among those of the process', async () => {
    await using test = await start();
    await eventually(() => expect(test.elector.isLeader).toBe(true));

    await eventually(() => {
      expect(
        test.metrics.count('rest_client_requests_total', { method: 'PUT', code: '200' }),
      ).toBeGreaterThan(0);
    });
    expect(test.metrics.read('leader_election_master_status', { name: 'job' })).toBe(1);
  });

  it('fails what runs in it when it is ended', async () => {
    await using test = await start();
    const other = test.control.elector({
      namespace: 'default',
      leaseName: 'other',
      identity: 'first',
      ...TIMING,
    });
    const run = other.run(new AbortController().signal);
    const failed = expect(run).rejects.toThrow('the control thread was ended');
    await eventually(() => expect(other.isLeader).toBe(true));

    await test.stopElector();
    await test.control[Symbol.asyncDispose]();

    await failed;
    expect(other.isLeader).toBe(false);
  });
});

async function start() {
  await using stack = new AsyncDisposableStack();
  const cluster = stack.use(await Cluster.start());
  const metrics = new RecordingMetrics();
  const config = loadClusterConfig({ kubeconfig: cluster.kubeconfig });
  const control = stack.use(new ControlThread({ config, userAgent: 'test/1', metrics }));
  const elector: Election = control.elector({
    namespace: 'default',
    leaseName: 'job',
    identity: 'first',
    ...TIMING,
  });
  const election = running(elector);
  let stopped: Promise<void> | undefined;
  const stopElector = async () => (stopped ??= Promise.resolve(election[Symbol.asyncDispose]()));
  stack.defer(stopElector);
  const owned = stack.move();
  return {
    cluster,
    control,
    metrics,
    elector,
    stopElector,
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  };
}

interface Fact {
  readonly leads?: boolean;
  readonly term?: number;
  readonly port?: number;
  readonly holdsLease?: boolean;
  readonly durationMs?: number;
}

/** A process whose main loop can be blocked; `facts` is all it has told. */
async function startProcess(cluster: Cluster, maxBlockedMs: number) {
  const program = join(import.meta.dirname, 'kubernetes-control-process.ts');
  const child = spawn(
    process.execPath,
    ['--conditions=@tinysystems/source', '--no-warnings', program, cluster.kubeconfig, String(maxBlockedMs)],
    { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, NODE_OPTIONS: '' } },
  );
  const exited = once(child, 'exit');
  const facts: Fact[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => facts.push(JSON.parse(line) as Fact));
  const port = () => facts.find((fact) => fact.port !== undefined)?.port;
  await eventually(() => expect(port()).toBeGreaterThan(0), 30_000);
  return {
    facts,
    says: (fact: object) => eventually(() => expect(facts).toContainEqual(fact), 30_000),
    block: (ms: number) => child.stdin.write(`${ms}\n`),
    async probe(path: string) {
      const startedMs = performance.now();
      const response = await fetch(`http://127.0.0.1:${port()}/${path}`);
      const text = await response.text();
      return { code: response.status, text, tookMs: performance.now() - startedMs };
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

/** Another candidate, which has seen who leads. */
async function startRival(cluster: Cluster) {
  const elector = new LeaderElector({
    client: cluster.connect(),
    namespace: 'default',
    leaseName: 'job',
    identity: 'rival',
    ...TIMING,
  });
  const run = running(elector);
  await eventually(() => expect(elector.holder).toBe('blocked'));
  return { elector, [Symbol.asyncDispose]: () => run[Symbol.asyncDispose]() };
}
