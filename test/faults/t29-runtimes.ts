import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { TestCluster } from '@tinysystems/testing';
import type { Fault } from './fault.ts';
import type { Outcome } from './t29-process.ts';

/** What the heap may grow by with each start; less is not told from noise. */
const MAX_GROWTH_BYTES = 8 * 1024;

export const runtimes: Fault = {
  id: 'T29',
  title: 'two modules run in one process, and start and stop again and again',
  target: 'each time a message goes from one to the other; no handle, timer or listener is left over',
  async run(scale) {
    const rounds = scale.of(2, 500);
    await using cluster = await TestCluster.start();
    const edge = { id: 'ask', port: 'out', to: 'answers', toPort: 'in' };
    await cluster.createNode('asks', { module: 'alpha', component: 'asks', edges: [edge] });
    await cluster.createNode('answers', { module: 'beta', component: 'answers' });
    const { asked, before, after } = await outcomeOf(cluster.kubeconfig, rounds);
    assert.equal(asked, rounds, 'rounds in which a message was answered');
    assert.deepEqual(moreThan(before.handles, after.handles), {}, 'handles and timers');
    assert.deepEqual(moreThan(before.listeners, after.listeners), {}, 'listeners of the process');
    const growthBytes = Math.round((after.heapBytes - before.heapBytes) / (2 * rounds));
    const maxBytes = scale.of(Number.POSITIVE_INFINITY, MAX_GROWTH_BYTES);
    assert.ok(growthBytes < maxBytes, `each start left ${growthBytes} bytes`);
    return { starts: 2 * rounds, leftOver: 0, growthBytes };
  },
};

/** What there is more of than before. */
function moreThan(before: Readonly<Record<string, number>>, after: Readonly<Record<string, number>>) {
  return Object.fromEntries(
    Object.entries(after)
      .map(([name, count]) => [name, count - (before[name] ?? 0)] as const)
      .filter(([, more]) => more > 0),
  );
}

async function outcomeOf(kubeconfig: string, rounds: number): Promise<Outcome> {
  const child = fork(join(import.meta.dirname, 't29-process.ts'), [kubeconfig, String(rounds)], {
    execArgv: ['--conditions=@tinysystems/source', '--expose-gc'],
  });
  try {
    const ended = once(child, 'exit').then(([code]) => {
      throw new Error(`the process ended with code ${code}`);
    });
    const [outcome] = (await Promise.race([once(child, 'message'), ended])) as [Outcome];
    return outcome;
  } finally {
    child.kill('SIGKILL');
  }
}
