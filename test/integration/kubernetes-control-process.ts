// A process with a control thread, for kubernetes-control-thread.spec.ts. It tells what happens as JSON lines on stdout;
// a number on stdin keeps its main loop from turning for so many milliseconds.
import { createInterface } from 'node:readline';
import { ControlThread, loadClusterConfig } from '@tinysystems/kubernetes';

const [kubeconfig = '', maxBlockedMs = ''] = process.argv.slice(2);
const tell = (fact: object) => process.stdout.write(`${JSON.stringify(fact)}\n`);
await using control = new ControlThread({
  config: loadClusterConfig({ kubeconfig }),
  userAgent: 'blocked/1',
  maxBlockedMs: Number(maxBlockedMs),
});
const elector = control.elector({
  namespace: 'default',
  leaseName: 'job',
  identity: 'blocked',
  leaseDurationMs: 3_000,
  renewDeadlineMs: 2_000,
  retryPeriodMs: 500,
});
const probes = control.probeServer({
  host: '127.0.0.1',
  port: 0,
  readyz: [{ name: 'always', check: () => undefined }],
});
const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());
elector.onChange((leads) => tell({ leads, term: elector.term }));
control.onUnblocked((durationMs) => tell({ durationMs }));
createInterface({ input: process.stdin }).on('line', (line) => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(line));
  tell({ holdsLease: elector.holdsLease(), isBlocked: control.isBlocked });
});
const ended = Promise.all([elector.run(stop.signal), probes.run(stop.signal)]);
await probes.waitForSync(stop.signal);
tell({ port: probes.port });
await ended;
process.exit();
