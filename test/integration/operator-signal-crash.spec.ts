import type { TinySignal } from '@tinysystems/api';
import type { HoldOptions } from '@tinysystems/control-plane';
import { eventually } from '@tinysystems/testing';
import { FAST_LEASE } from '../faults/fault-process.ts';
import { Replicas } from '../faults/replicas.ts';

/** How far a signal had come when the process that delivers it was killed. */
const CRASHES = ['before-claim', 'claimed', 'delivering', 'delivered'] as const;
type Crash = (typeof CRASHES)[number];
const LIMITS = [0, 1];
const SIGNALS = LIMITS.flatMap((backoffLimit) =>
  CRASHES.map((crash) => ({ crash, backoffLimit, name: `${crash}-${backoffLimit}` })),
);
/** Its end is slow to come: the lease must end first, then the heir delivers. */
const END_LIMIT_MS = 30_000;

/** What became of the signals of a leader that was killed while each of them stood where its name says. */
class Aftermath implements AsyncDisposable {
  readonly #replicas: Replicas;
  readonly leader: string;
  readonly heir: string;

  private constructor(replicas: Replicas, leader: string, heir: string) {
    this.#replicas = replicas;
    this.leader = leader;
    this.heir = heir;
  }

  static async of(): Promise<Aftermath> {
    await using stack = new AsyncDisposableStack();
    const { replicas, first } = await Replicas.start(FAST_LEASE);
    stack.use(replicas);
    const heir = await replicas.add();
    await replicas.cluster.createNode('sticker', { module: 'fault-module', component: 'sticker' });
    await replicas.cluster.ready('sticker');
    const after = new Aftermath(replicas, first.identity, heir.identity);
    await after.#leadTo(first.podName, async () => {
      first.signal('SIGKILL');
      await first[Symbol.asyncDispose]();
    });
    stack.move();
    return after;
  }

  /** How a signal ended. */
  ended(crash: Crash, backoffLimit: number): Promise<TinySignal> {
    return this.#replicas.cluster.ended(`${crash}-${backoffLimit}`, END_LIMIT_MS);
  }

  /** How often the handler began, for one signal. */
  runs(crash: Crash, backoffLimit: number): number {
    const number = SIGNALS.findIndex(({ name }) => name === `${crash}-${backoffLimit}`);
    return this.#replicas.ledger().filter(({ signal }) => signal === number).length;
  }

  /** Brings each signal to where its name says, and then does what must happen there. */
  async #leadTo(pod: string, kill: () => Promise<void>): Promise<void> {
    const { cluster } = this.#replicas;
    const hold = (
      crash: Crash,
      options: Pick<HoldOptions, 'at' | 'when'>,
      backoffLimit: string | number = '\\d',
    ) =>
      cluster.controlPlane.faults.hold({
        ...options,
        method: 'PATCH',
        path: new RegExp(`/${crash}-${backoffLimit}/status`),
      });
    const held = [
      { hold: hold('before-claim', { at: 'arrival' }), count: LIMITS.length },
      { hold: hold('claimed', { at: 'answer' }), count: LIMITS.length },
      // What is written once the handler has run is the end.
      ...LIMITS.map((limit) => ({
        hold: hold('delivered', { at: 'arrival', when: () => this.runs('delivered', limit) > 0 }, limit),
        count: 1,
      })),
    ];
    for (const [signal, { name, crash, backoffLimit }] of SIGNALS.entries()) {
      const isStuck = crash === 'delivering';
      const data = isStuck ? { signal, sticksIn: pod } : { signal };
      await cluster.createSignal(name, {
        node: isStuck ? 'sticker' : 'ledger',
        port: 'in',
        data,
        backoffLimit,
      });
    }
    await Promise.all(held.map(({ hold, count }) => hold.reached(count)));
    await eventually(() => LIMITS.every((limit) => this.runs('delivering', limit) === 1));
    await kill();
    for (const { hold } of held) hold.end();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#replicas[Symbol.asyncDispose]();
  }
}

describe('a TinySignal whose leader is killed', () => {
  let after: Aftermath;
  beforeAll(async () => {
    after = await Aftermath.of();
  }, 120_000);
  afterAll(() => after[Symbol.asyncDispose]());

  const isNotRepeated = it.each<[Crash, string, number]>([
    ['claimed', 'before it was delivered', 0],
    ['delivering', 'while it was delivered', 1],
    ['delivered', 'before its end was written', 1],
  ]);

  it.each(LIMITS)(
    'before it was claimed is delivered by the next, once (backoffLimit %i)',
    async (backoffLimit) => {
      const { status } = await after.ended('before-claim', backoffLimit);
      expect(status).toMatchObject({ phase: 'Delivered', attempts: 1, holder: after.heir });
      expect(after.runs('before-claim', backoffLimit)).toBe(1);
    },
    END_LIMIT_MS,
  );

  isNotRepeated(
    '%s, %s, ends Failed as HolderLost where it may not be repeated, and says who was lost',
    async (crash, _when, runs) => {
      const { status } = await after.ended(crash, 0);
      expect(status).toMatchObject({
        phase: 'Failed',
        attempts: 1,
        holder: after.leader,
        message: expect.stringContaining(after.leader),
        conditions: [{ type: 'Complete', status: 'False', reason: 'HolderLost' }],
      });
      expect(after.runs(crash, 0)).toBe(runs);
    },
    END_LIMIT_MS,
  );

  isNotRepeated(
    '%s, %s, is delivered again by the next where it may be repeated',
    async (crash, _when, runs) => {
      const { status } = await after.ended(crash, 1);
      expect(status).toMatchObject({
        phase: 'Delivered',
        attempts: 2,
        holder: after.heir,
        message: '',
        conditions: [{ type: 'Complete', status: 'True', reason: 'Delivered' }],
      });
      expect(after.runs(crash, 1)).toBe(runs + 1);
    },
    END_LIMIT_MS,
  );
});
