// The control thread: elections and probes, on a loop of their own. It must not load client-node.
import { parentPort, workerData } from 'node:worker_threads';
import { Client } from '../client/client.ts';
import { systemClock } from '../clock.ts';
import { LeaderElector } from '../leader/leader-elector.ts';
import type { ElectionState } from '../leader/leader-elector.ts';
import type { Logger } from '../logger.ts';
import { HealthServer } from '../manager/health-server.ts';
import type { Check } from '../manager/health-server.ts';
import type { KubernetesMetrics } from '../metrics.ts';
import { borrowedAuthorization } from './borrowed-authorization.ts';
import { Channel } from './channel.ts';
import { LoopMonitor } from './loop-monitor.ts';
import type { ElectArgument, MainMethods, ServeArgument, ThreadData, ThreadMethods } from './protocol.ts';
import { LEASE_END, TERM } from './remote-elector.ts';
import { SharedFlag } from './shared-flag.ts';
import { SharedTimes } from './shared-times.ts';

/** After this the main thread is taken for busy, and what it said last for true. Well within a probe's second. */
const CHECK_TIMEOUT_MS = 300;

if (parentPort === null) throw new Error('This program is the control thread of another one.');
const { cluster, userAgent, maxBlockedMs, beat, blocked } = workerData as ThreadData;
const clock = systemClock;
const main: Channel<ThreadMethods, MainMethods> = new Channel(parentPort, { elect, serve });
const logger: Logger = {
  debug: (fields, message) => main.tell('log', { level: 'debug', fields, message }),
  info: (fields, message) => main.tell('log', { level: 'info', fields, message }),
  warn: (fields, message) => main.tell('log', { level: 'warn', fields, message }),
  error: (fields, message) => main.tell('log', { level: 'error', fields, message }),
};
const metrics: KubernetesMetrics = {
  increment: (name, labels, value = 1) => main.tell('metric', { name, labels, value }),
  observe: (name, labels, value) => main.tell('metric', { name, labels, value }),
  gauge: () => () => undefined, // Read at a scrape, by the main thread: it registers those of its elections.
};
const client = new Client({
  config: {
    ...cluster,
    authorization: borrowedAuthorization((refresh) => main.call('authorization', { refresh }), clock),
  },
  userAgent,
  metrics,
});
const monitor = new LoopMonitor({
  beat: new SharedTimes(beat),
  blocked: new SharedFlag(blocked),
  onUnblocked: (durationMs) => main.tell('unblocked', { durationMs }),
  clock,
});
/** Elections that broke. */
const broken: string[] = [];
void monitor.run(new AbortController().signal);

async function elect(
  { election, options, lease: buffer }: ElectArgument,
  signal: AbortSignal,
): Promise<void> {
  const lease = new SharedTimes(buffer);
  let told = '';
  const onState = ({ leaseEndsMs, ...state }: ElectionState): void => {
    // Nobody must see the end of a new lease beside the number of an old term.
    if (lease.get(TERM) !== state.term) lease.set(LEASE_END, 0);
    lease.set(TERM, state.term);
    lease.set(LEASE_END, leaseEndsMs);
    const news = JSON.stringify(state);
    if (news !== told) main.tell('state', { election, state: { ...state, leaseEndsMs } });
    told = news;
  };
  const mayLead = (): boolean => monitor.silentMs < maxBlockedMs;
  const elector = new LeaderElector({ ...options, client, logger, metrics, mayLead, onState });
  try {
    await elector.run(signal);
  } catch (error) {
    broken.push(elector.name);
    throw error;
  }
}

async function serve({ server, host, port, readyz }: ServeArgument, signal: AbortSignal): Promise<void> {
  const health = new HealthServer({
    host,
    port,
    logger,
    checks: {
      healthz: [
        { name: 'event loop', check: () => demand(monitor.silentMs < maxBlockedMs, blockedText()) },
        { name: 'elections', check: () => demand(broken.length === 0, `not running: ${broken.join(', ')}`) },
      ],
      readyz: [
        { name: 'event loop', check: () => demand(monitor.isResponsive, blockedText()) },
        ...readyz.map((name, check) => remoteCheck(name, { server, check })),
      ],
    },
  });
  const listening = health.waitForSync(signal).then(
    () => main.tell('listening', { server, port: health.port }),
    () => undefined, // Stopped, or it cannot listen, which `run` tells.
  );
  await health.run(signal);
  await listening;
}

/** A check of the main thread; its last result counts while that thread is busy. */
function remoteCheck(name: string, which: { readonly server: number; readonly check: number }): Check {
  let last: string | undefined = 'not asked yet';
  return {
    name,
    async check() {
      const late = Promise.withResolvers<string | undefined>();
      const timer = clock.setTimeout(() => late.resolve(last), CHECK_TIMEOUT_MS);
      const asked = main.call('check', which).then((failure) => (last = failure));
      const failure = await Promise.race([asked, late.promise]);
      timer.clear();
      demand(failure === undefined, failure ?? '');
    },
  };
}

function blockedText(): string {
  return `the main loop has not turned for ${Math.round(monitor.silentMs)} ms, or only just turns again`;
}

function demand(isMet: boolean, problem: string): void {
  if (!isMet) throw new Error(problem);
}
