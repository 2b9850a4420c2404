import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import type { TinyModule, TinyModuleEndpoint } from '@tinysystems/api';
import { FakeClock } from '@tinysystems/core/testing';
import { EndpointJanitor, UNREACHABLE_AFTER_MS } from '../../src/discovery/endpoint-janitor.ts';

const endpoint = (pod: string, addr: string): TinyModuleEndpoint => ({
  pod,
  addr,
  leader: false,
  startedAt: '2026-01-01T00:00:00Z',
});

/** A janitor over a list of replicas that a test changes. */
class World implements AsyncDisposable {
  readonly clock = new FakeClock();
  readonly patches: unknown[] = [];
  readonly leadership: { epoch: number | undefined } = { epoch: 3 };
  readonly warnings: unknown[] = [];
  readonly #stop = new AbortController();
  readonly #run: Promise<void>;
  looks = 0;

  constructor(list: { endpoints: readonly TinyModuleEndpoint[] }) {
    const own = (): TinyModule => ({
      metadata: { name: 'alpha' },
      spec: {},
      status: { endpoints: list.endpoints },
    });
    const get = () => {
      this.looks += 1;
      return own();
    };
    const janitor = new EndpointJanitor({
      moduleName: 'alpha',
      namespace: 'default',
      identity: 'alpha-0',
      caches: { modules: { lister: { get, list: () => [], byIndex: () => [] } } },
      client: {
        patch: (_name, patch) => {
          this.patches.push(patch);
          return Promise.resolve(own());
        },
      },
      leadership: this.leadership,
      clock: this.clock,
      log: {
        debug: () => undefined,
        info: () => undefined,
        warn: (fields) => this.warnings.push(fields),
        error: () => undefined,
      },
    });
    this.#run = janitor.run(this.#stop.signal);
  }

  /** Moves the clock look by look: a look ends with real sockets, and then waits for the clock. */
  async pass(ms: number): Promise<void> {
    const endMs = this.clock.now() + ms;
    while (this.clock.now() < endMs) {
      while (this.clock.pending === 0) await new Promise((resolve) => setImmediate(resolve));
      await this.clock.advance(5000);
    }
    while (this.clock.pending === 0) await new Promise((resolve) => setImmediate(resolve));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#run;
  }
}

describe('the janitor of endpoints', () => {
  it('takes a replica off at once whose pod has a younger one', async () => {
    const endpoints = [
      { ...endpoint('alpha-1-aaaaaa', '127.0.0.1:1'), startedAt: '2026-01-01T00:00:00Z' },
      { ...endpoint('alpha-1-bbbbbb', '127.0.0.1:1'), startedAt: '2026-01-01T00:01:00Z' },
    ];
    await using world = new World({ endpoints });
    await world.pass(5000);
    expect(world.patches).toMatchObject([
      [
        { path: '/status/leaderEpoch' },
        { path: '/status/endpoints/0/pod', value: 'alpha-1-aaaaaa' },
        { op: 'remove' },
      ],
      [{ path: '/status/leaderEpoch' }, { value: 'alpha-1-aaaaaa' }, { op: 'remove' }],
    ]);
  });

  it('takes a replica off that was not reached for 30 s, and no other', async () => {
    await using server = createServer();
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const endpoints = [
      endpoint('alpha-0', '127.0.0.1:1'),
      endpoint('alpha-1', `127.0.0.1:${port}`),
      endpoint('alpha-2', '127.0.0.1:1'),
    ];
    await using world = new World({ endpoints });
    await world.pass(UNREACHABLE_AFTER_MS - 5000);
    expect(world.patches).toEqual([]);
    await world.pass(5000);
    expect(world.patches).toEqual([
      [
        { op: 'test', path: '/status/leaderEpoch', value: 3 },
        { op: 'test', path: '/status/endpoints/2/pod', value: 'alpha-2' },
        { op: 'remove', path: '/status/endpoints/2' },
      ],
    ]);
  });

  it('takes all that are dead off at once, the last first, so that the others keep their place', async () => {
    const endpoints = ['alpha-0', 'alpha-1', 'alpha-2', 'alpha-3'].map((pod) => endpoint(pod, '127.0.0.1:1'));
    await using world = new World({ endpoints });
    await world.pass(UNREACHABLE_AFTER_MS);
    const removals = ['3', '2', '1'].flatMap((index) => [
      { op: 'test', path: `/status/endpoints/${index}/pod`, value: `alpha-${index}` },
      { op: 'remove', path: `/status/endpoints/${index}` },
    ]);
    expect(world.patches).toEqual([[{ op: 'test', path: '/status/leaderEpoch', value: 3 }, ...removals]]);
  });

  it('takes an address that is none for one that nobody reaches', async () => {
    await using world = new World({
      endpoints: [endpoint('alpha-1', 'nonsense'), endpoint('alpha-2', 'a:99999')],
    });
    await world.pass(UNREACHABLE_AFTER_MS);
    expect(world.patches).toHaveLength(1);
    expect(world.warnings).toEqual([]);
  });

  it('writes nothing when its lease has ended', async () => {
    await using world = new World({ endpoints: [endpoint('alpha-1', '127.0.0.1:1')] });
    world.leadership.epoch = undefined;
    await world.pass(2 * UNREACHABLE_AFTER_MS);
    expect(world.patches).toEqual([]);
  });
});
