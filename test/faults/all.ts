import { cp1KilledControlPlane } from './cp1-killed-control-plane.ts';
import type { Fault } from './fault.ts';
import { watchDropped } from './t01-watch-dropped.ts';
import { watchSilent } from './t02-watch-silent.ts';
import { versionGone } from './t03-version-gone.ts';
import { serverRestarted } from './t04-server-restarted.ts';
import { serverOverloaded } from './t05-server-overloaded.ts';
import { garbage } from './t06-garbage.ts';
import { leaderStopped } from './t07-leader-stopped.ts';
import { leaderKilled } from './t08-leader-killed.ts';
import { leaderPaused } from './t09-leader-paused.ts';
import { loopBlocked } from './t10-loop-blocked.ts';
import { clockJumps } from './t11-clock-jumps.ts';
import { leaseDisturbed } from './t12-lease-disturbed.ts';
import { rightsRemoved } from './t12-rights-removed.ts';
import { peerKilled } from './t13-peer-killed.ts';
import { peerReturns } from './t14-peer-returns.ts';
import { networkTrouble } from './t15-network-trouble.ts';
import { slowConsumer } from './t16-slow-consumer.ts';
import { overload } from './t17-overload.ts';
import { poison } from './t18-poison.ts';
import { oversize } from './t19-oversize.ts';
import { malformed } from './t20-malformed.ts';
import { recreatedNode } from './t21-recreated-node.ts';
import { rollingUpdate } from './t22-rolling-update.ts';
import { versionSkew } from './t23-version-skew.ts';
import { manyChanges } from './t26-many-changes.ts';
import { runtimes } from './t29-runtimes.ts';
import { collectorGone } from './t30-collector-gone.ts';

/** Every fault there is, in the order of their numbers. */
export const FAULTS: readonly Fault[] = [
  watchDropped,
  watchSilent,
  versionGone,
  serverRestarted,
  serverOverloaded,
  garbage,
  leaderStopped,
  leaderKilled,
  leaderPaused,
  loopBlocked,
  clockJumps,
  leaseDisturbed,
  rightsRemoved,
  peerKilled,
  peerReturns,
  networkTrouble,
  slowConsumer,
  overload,
  poison,
  oversize,
  malformed,
  recreatedNode,
  rollingUpdate,
  versionSkew,
  manyChanges,
  runtimes,
  collectorGone,
  cp1KilledControlPlane,
];
