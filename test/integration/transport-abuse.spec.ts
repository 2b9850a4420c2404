import { connect as connectTcp } from 'node:net';
import { Authority } from '@tinysystems/control-plane';
import { type Message, systemClock } from '@tinysystems/core';
import { eventually } from '@tinysystems/testing';
import { AddressBook, type CertificateTexts, ClientPool, ModuleServer } from '@tinysystems/transport';
import { Certificates, issue } from './module-certificates.ts';
import { CONNECT_HEADERS, RawConnection, frame, headerBlock, openSession } from './raw-http2.ts';

const HEADERS = 1;
const RST_STREAM = 3;
const SETTINGS = 4;
const PING = 6;
const CONTINUATION = 9;
const END_HEADERS = 4;
const REFUSED_STREAM = 7;
/** What a loaded machine may take for one call of a peer that does nothing wrong. */
const GENEROUS_MS = 5000;
const { signal } = new AbortController();

/** A module, one that calls it all the time, and the certificate of one that means harm. */
class Setup implements AsyncDisposable {
  readonly refusals: string[] = [];
  readonly failures: unknown[] = [];
  readonly harmful: CertificateTexts;
  readonly addr: string;
  calls = 0;
  slowestMs = 0;
  readonly #stack: AsyncDisposableStack;

  private constructor(addr: string, harmful: CertificateTexts, stack: AsyncDisposableStack) {
    this.addr = addr;
    this.harmful = harmful;
    this.#stack = stack;
  }

  static async create(): Promise<Setup> {
    await using stack = new AsyncDisposableStack();
    const certificates = stack.use(await Certificates.create());
    const authority = await Authority.create('modules');
    const server = new ModuleServer({
      address: '127.0.0.1:0',
      deliver: async ({ data }) => data,
      authorise: () => Promise.resolve(),
      clock: systemClock,
      certificates: (await certificates.of(authority, 'callee')).files,
      onRefusal: (side, reason) => setup.refusals.push(`${side} ${reason}`),
    });
    await server.listen();
    stack.defer(() => server.stop(0));
    const addr = `127.0.0.1:${server.port}`;
    const book = new AddressBook();
    book.set('callee', [{ pod: 'p', addr }]);
    const own = (await certificates.of(authority, 'caller')).files;
    const pool = stack.use(new ClientPool({ book, clock: systemClock, certificates: own }));
    const setup: Setup = new Setup(addr, await issue(authority, 'harmful'), stack.move());
    setup.#load(pool);
    await setup.demandServed();
    return setup;
  }

  /** Waits until the other peer has been served ten times more. */
  async demandServed(): Promise<void> {
    const calls = this.calls + 10;
    await eventually(() => this.calls >= calls, { timeoutMs: 10 * GENEROUS_MS });
    expect(this.failures).toEqual([]);
    expect(this.slowestMs).toBeLessThan(GENEROUS_MS);
  }

  async connect(): Promise<RawConnection> {
    const raw = await RawConnection.open(this.addr, this.harmful);
    this.#stack.use(raw);
    return raw;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack[Symbol.asyncDispose]();
  }

  #load(pool: ClientPool): void {
    let isStopped = false;
    const run = async () => {
      while (!isStopped) {
        const startedMs = performance.now();
        await pool.deliver('callee', message(), signal).catch((error: unknown) => this.failures.push(error));
        this.slowestMs = Math.max(this.slowestMs, performance.now() - startedMs);
        this.calls += 1;
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    };
    const loop = run();
    this.#stack.defer(() => {
      isStopped = true;
      return loop;
    });
  }
}

const message = (): Message => ({
  from: { node: 'a', port: 'out' },
  to: { node: 'b', port: 'in' },
  edgeId: 'e',
  data: {},
  depth: 1,
  deadlineMs: systemClock.now() + 20_000,
  trace: undefined,
  passed: undefined,
});

/** Sends again and again, as fast as the other side reads, until the server ends the connection. */
async function flood(raw: RawConnection, piece: () => Buffer): Promise<void> {
  let isOver = false;
  void raw.closed.then(() => (isOver = true));
  while (!isOver) {
    raw.write(Buffer.concat(Array.from({ length: 50 }, piece)));
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('a module with a valid certificate that means harm', () => {
  it.each([
    ['pings', () => frame({ type: PING, payload: Buffer.alloc(8) })],
    ['settings', () => frame({ type: SETTINGS })],
  ])(
    'is cut off when it floods the server with %s, and nobody else notices',
    async (_what, piece) => {
      await using setup = await Setup.create();
      const raw = await setup.connect();
      await flood(raw, piece);
      expect(setup.refusals).toEqual(['in abuse']);
      await setup.demandServed();
    },
    60_000,
  );

  it('is cut off when it opens streams and resets them, again and again', async () => {
    await using setup = await Setup.create();
    const raw = await setup.connect();
    let stream = -1;
    await flood(raw, () => {
      stream += 2;
      return Buffer.concat([
        frame({ type: HEADERS, flags: END_HEADERS, stream, payload: CONNECT_HEADERS }),
        frame({ type: RST_STREAM, stream, payload: Buffer.from([0, 0, 0, 8]) }),
      ]);
    });
    await setup.demandServed();
  }, 60_000);

  it('gets 1024 streams at once and no more', async () => {
    await using setup = await Setup.create();
    const raw = await setup.connect();
    for (let stream = 1; stream < 2 * 1100; stream += 2)
      raw.write(frame({ type: HEADERS, flags: END_HEADERS, stream, payload: CONNECT_HEADERS }));
    await eventually(() => raw.resets.size === 1100 - 1024, { timeoutMs: 10_000 });
    expect(new Set(raw.resets.values())).toEqual(new Set([REFUSED_STREAM]));
    await setup.demandServed();
  }, 60_000);

  it.each([
    [
      'begins headers and never ends them',
      async (raw: RawConnection) => raw.write(frame({ type: HEADERS, stream: 1, payload: CONNECT_HEADERS })),
    ],
    [
      'begins headers and goes on and on',
      async (raw: RawConnection) => {
        raw.write(frame({ type: HEADERS, stream: 1, payload: CONNECT_HEADERS }));
        const more = headerBlock({ 'x-more': 'x'.repeat(100) });
        await flood(raw, () => frame({ type: CONTINUATION, stream: 1, payload: more }));
      },
    ],
  ])(
    'is cut off when it %s',
    async (_what, abuse) => {
      await using setup = await Setup.create();
      const raw = await setup.connect();
      await abuse(raw);
      await raw.closed; // the server's own ping finds nobody after 10 s, and waits 3 s
      await setup.demandServed();
    },
    60_000,
  );

  it('gets no call through with headers above 64 KiB', async () => {
    await using setup = await Setup.create();
    const session = openSession(setup.addr, setup.harmful);
    const ended = new Promise<void>((resolve) => session.once('close', () => resolve()));
    const stream = session.request({
      ...{ ':method': 'POST', ':path': '/module.ModuleService/Connect' },
      ...{ 'content-type': 'application/grpc', 'x-large': 'x'.repeat(70_000) },
    });
    const failed = new Promise<void>((resolve) => stream.once('error', () => resolve()));
    await Promise.race([ended, failed]);
    session.destroy();
    await setup.demandServed();
  }, 60_000);
});

describe('somebody who connects and says nothing', () => {
  it('is cut off after 10 s', async () => {
    await using setup = await Setup.create();
    const [host = '', port] = setup.addr.split(':');
    const socket = connectTcp({ host, port: Number(port) });
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    socket.on('error', () => undefined); // the end follows
    await setup.demandServed();
    await closed;
    expect(setup.refusals).toEqual(['in handshake']);
  }, 60_000);
});
