import assert from 'node:assert/strict';
import { EVENT } from '@tinysystems/kubernetes';
import { eventually } from '@tinysystems/testing';
import type { Fault, Scale } from './fault.ts';
import type { FaultProcess } from './fault-process.ts';
import { WORKERS, Wire } from './wire.ts';
import { WireLoad, balance, demandNoneFailed } from './wire-load.ts';

const LOOP_MS = [2_500, 8_000] as const;
/** What ends the process, and what its Event says. */
const KILLERS = [
  ['throws in a timer', 'poisoned timer'],
  ['rejects a promise of its own', 'poisoned promise'],
] as const;

export const poison: Fault = {
  id: 'T18',
  title: 'handlers throw, reject later, loop, throw in a timer, and leave a promise of their own to reject',
  target:
    'each failure is typed and counted, a loop and what ends the process are told in an Event of the node; the process drains before it ends with code 1; no other message fails',
  async run(scale) {
    const { wire, doors, workers } = await Wire.start({ workers: 2 });
    await using _ = wire;
    await wire.replicas.cluster.createNode('poison', { module: WORKERS, component: 'poison' });
    await wire.replicas.cluster.ready('poison');
    const test = new Poisoning(scale, wire, [...workers]);
    const load = new WireLoad({ doors: () => doors, port: 'once', holdMs: 5, atOnce: 8 });
    await using _load = load;
    await load.more(100);
    const failures = await test.failures();
    await test.loop();
    const ended = await test.endings();
    await load.more(100);
    await load[Symbol.asyncDispose]();
    const others = balance(load.outcomes, await wire.began());
    demandNoneFailed(others, 'other calls failed', wire);
    return {
      failures,
      loopMs: scale.of(...LOOP_MS),
      processesEnded: ended,
      otherCalls: others.calls,
      otherFailed: 0,
    };
  },
};

class Poisoning {
  readonly #scale: Scale;
  readonly #wire: Wire;
  readonly #workers: FaultProcess[];
  #signals = 0;

  constructor(scale: Scale, wire: Wire, workers: FaultProcess[]) {
    this.#scale = scale;
    this.#wire = wire;
    this.#workers = workers;
  }

  /** Handlers that fail as handlers may: the sender is told, the node counts. */
  async failures(): Promise<number> {
    const counted = 'tiny_message_failures_total{node="poison"';
    const leader = await this.#leader();
    const before = await leader.metric(counted);
    const each = this.#scale.of(5, 200);
    const endings = Array.from({ length: each }, () => [
      this.#send('throws'),
      this.#send('rejects later'),
    ]).flat();
    for (const signal of await Promise.all(endings)) {
      assert.equal(signal.status?.phase, 'Failed');
      assert.match(signal.status?.message ?? '', /poisoned/);
    }
    assert.equal((await leader.metric(counted)) - before, 2 * each, 'failures that the node counted');
    return 2 * each;
  }

  async loop(): Promise<void> {
    const signal = await this.#send('loops', this.#scale.of(...LOOP_MS));
    assert.equal(signal.status?.phase, 'Delivered');
    await this.#demandEvent('EventLoopBlocked', /^a handler of node poison blocked the event loop/);
  }

  /** What nobody can catch: the process says so, answers what it has, and ends; another one goes on. */
  async endings(): Promise<number> {
    const rounds = this.#scale.of(1, 20);
    for (let round = 0; round < rounds; round += 1) {
      for (const [how, text] of KILLERS) {
        const leader = await this.#leader();
        const signal = await this.#send(how);
        assert.equal(signal.status?.phase, 'Delivered');
        assert.equal(await leader.exited(), 1, 'the exit code of the process');
        assert.equal(leader.count('nobody caught an error: the module ends what is in work, and stops'), 1);
        assert.equal(leader.count('module stopped'), 1);
        await this.#demandEvent('UncaughtError', new RegExp(`that node poison began .*${text}`));
        this.#workers[this.#workers.indexOf(leader)] = await this.#wire.add(WORKERS, leader.podName);
      }
    }
    return rounds * KILLERS.length;
  }

  async #send(how: string, ms = 10) {
    const name = `poison-${this.#signals++}`;
    const { cluster } = this.#wire.replicas;
    await cluster.createSignal(name, { node: 'poison', port: 'in', data: { how, ms }, timeoutSeconds: 60 });
    return cluster.ended(name, 60_000);
  }

  /** The one that signals reach. */
  #leader(): Promise<FaultProcess> {
    return eventually(
      async () => {
        const { status } = await this.#wire.replicas.cluster.modules.get(WORKERS);
        const pod = status?.endpoints?.find(({ leader }) => leader)?.pod;
        return this.#workers.find(({ identity }) => identity === pod) ?? false;
      },
      { timeoutMs: 60_000, intervalMs: 50 },
    );
  }

  async #demandEvent(reason: string, text: RegExp): Promise<void> {
    const events = this.#wire.replicas.cluster.client.resource(EVENT, 'default');
    await eventually(
      async () => {
        const { items } = await events.list();
        const about = items.filter((each) => each.reason === reason && each.involvedObject.name === 'poison');
        assert.ok(
          about.some(({ message }) => text.test(message ?? '')),
          JSON.stringify(about.map(({ message }) => message)),
        );
      },
      { timeoutMs: 20_000, intervalMs: 100 },
    );
  }
}
