import { createServer, get } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import {
  type Json,
  type JsonSchema,
  REDACTED,
  type TapGap,
  type TappedMessage,
  systemClock,
  systemRandom,
} from '@tinysystems/core';
import { Tracer } from '@tinysystems/engine';
import { DiagnosticsServer, MAX_TAPS } from '../../src/diagnostics/diagnostics-server.ts';
import { TAP_MESSAGES_PER_SECOND } from '../../src/diagnostics/tap.ts';
import { SpanRing } from '../../src/telemetry/span-ring.ts';

interface Sent {
  readonly to?: string;
  readonly port?: string;
  readonly from?: string;
  readonly data?: Json;
  readonly schema?: JsonSchema;
}

/** A diagnostics server on a free port, and messages for it. */
class World implements AsyncDisposable {
  readonly ring = new SpanRing();
  readonly warnings: object[] = [];
  readonly tracer = new Tracer({ sinks: [this.ring.add], clock: systemClock, random: systemRandom });
  readonly server: DiagnosticsServer;
  /** The time that the pace of taps goes by. */
  nowMs = 0;
  readonly #stop = new AbortController();
  readonly #ended: Promise<void>;

  private constructor(port: number) {
    const ignore = () => undefined;
    this.server = new DiagnosticsServer({
      address: { host: '127.0.0.1', port },
      tracer: this.tracer,
      ring: this.ring,
      clock: { now: () => this.nowMs },
      log: { debug: ignore, info: ignore, error: ignore, warn: (fields) => void this.warnings.push(fields) },
    });
    this.#ended = this.server.run(this.#stop.signal);
  }

  static async start(port = 0): Promise<World> {
    const world = new World(port);
    await world.server.waitForSync();
    return world;
  }

  /** A message was handled. @returns its trace id. */
  handled({ to = 'a', port = 'in', from = 'x', data = {}, schema = {} }: Sent = {}): string {
    const sampler = this.tracer.sampler({ mode: 'all' });
    const trace = this.tracer.start({ sampler });
    const message = {
      from: { node: from, port: 'out' },
      to: { node: to, port },
      edgeId: 'e',
      data,
      depth: 1,
      deadlineMs: 0,
      trace: undefined,
      passed: undefined,
    };
    const subject = { component: 'echo', flow: undefined, project: undefined, sampler };
    const times = { startedMs: performance.now(), durationMs: 1 };
    const end = { reply: undefined, failure: undefined, parent: undefined };
    this.tracer.handled({ trace, subject, message, data, schema, ...end, ...times });
    return trace.traceId;
  }

  url(path: string): string {
    return `http://${this.server.address}${path}`;
  }

  async lines(path: string): Promise<readonly Record<string, unknown>[]> {
    const text = await (await fetch(this.url(path))).text();
    return text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  /** Asks with headers of its own, which `fetch` does not let anybody set. */
  async ask(path: string, headers: Record<string, string>, method = 'GET'): Promise<number | undefined> {
    const { statusCode } = await new Promise<IncomingMessage>((resolve, reject) => {
      const request = get(this.url(path), { headers, method }, (response) => {
        response.resume();
        resolve(response);
      });
      request.on('error', reject);
    });
    return statusCode;
  }

  /** Opens a tap that reads as fast as it can, or not at all until it is asked to. */
  async tap(query: string, { isRead = true } = {}) {
    const response = await new Promise<IncomingMessage>((resolve, reject) =>
      get(this.url(`/tap?${query}`), resolve).on('error', reject),
    );
    const lines: (TappedMessage | TapGap)[] = [];
    const read = () =>
      void createInterface({ input: response }).on(
        'line',
        (line) => void lines.push(JSON.parse(line) as TappedMessage | TapGap),
      );
    if (isRead) read();
    const dropped = () => lines.reduce((sum, line) => sum + ('dropped' in line ? line.dropped : 0), 0);
    return {
      lines,
      read,
      dropped,
      messages: () => lines.filter((line) => 'to' in line),
      status: response.statusCode,
      [Symbol.dispose]: () => void response.destroy(),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#ended;
  }
}

describe('the diagnostics server', () => {
  it('tells the spans of a trace, by the start of its id, and the latest traces', async () => {
    await using world = await World.start();
    const [first, second] = [world.handled({ data: { n: 1 } }), world.handled()];
    const [ring, ...spans] = await world.lines(`/traces/${first.slice(0, 8)}`);
    expect(ring).toEqual({ spans: 2, overwritten: 0 });
    expect(spans).toHaveLength(1);
    expect(spans[0]).toMatchObject({
      traceId: first,
      name: 'echo in',
      attributes: { to: 'a:in', edgeID: 'e', 'tiny.message.data': '{"n":1}' },
    });
    expect((await world.lines('/traces?limit=1'))[1]).toMatchObject({ traceId: second, spans: 1 });
    expect(await world.lines(`/traces/${'0'.repeat(32)}`)).toEqual([{ spans: 2, overwritten: 0 }]);
  });

  it('refuses browsers, foreign host names, writes, and what it does not know', async () => {
    await using world = await World.start();
    const refused = [
      await world.ask('/traces', { origin: 'https://example.org' }),
      await world.ask('/traces', { origin: 'null' }),
      await world.ask('/tap?node=a', { 'sec-fetch-site': 'cross-site' }),
      await world.ask('/traces', { host: 'rebound.example.org:80' }),
      await world.ask('/traces', { host: '127.0.0.1.example.org' }),
      await world.ask('/traces', {}, 'POST'),
    ];
    expect(refused).toEqual(Array(refused.length).fill(403));
    expect(await world.ask('/', {})).toBe(404);
    expect(await world.ask('/tap', {})).toBe(400);
    for (const host of ['localhost:1', '[::1]:1', '127.0.0.1'])
      expect(await world.ask('/traces', { host })).toBe(200);
    expect(world.server.taps).toBe(0);
  });

  it('does not stop a module when its port is taken, and says what to do', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as AddressInfo;
    await using world = await World.start(port);
    expect(world.server.address).toBeUndefined();
    expect(world.warnings).toEqual([expect.objectContaining({ port })]);
    await taken[Symbol.asyncDispose]();
  });
});

describe('a tap', () => {
  it('shows the messages to its node or port, and from an out port, redacted, until its reader leaves', async () => {
    await using world = await World.start();
    const schema = { properties: { pin: { secret: true }, text: {} } };
    using node = await world.tap('node=a');
    using inPort = await world.tap('node=a&port=other');
    using outPort = await world.tap('node=x&port=out');
    await until(() => world.server.taps === 3);
    world.handled({ data: { pin: 'canary', text: '\u001b[31mred' }, schema });
    world.handled({ port: 'other', from: 'y' });
    world.handled({ to: 'b', from: 'z' });
    await until(() => node.lines.length === 2 && inPort.lines.length === 1 && outPort.lines.length === 1);
    expect(node.lines[0]).toMatchObject({
      from: 'x:out',
      to: 'a:in',
      edge: 'e',
      data: `{"pin":"${REDACTED}","text":"\\u001b[31mred"}`,
    });
    expect(JSON.stringify([node.lines, outPort.lines])).not.toContain('canary');
    node[Symbol.dispose]();
    await until(() => world.server.taps === 2);
  });

  it('has a limit on how many there are', async () => {
    await using world = await World.start();
    await using stack = new AsyncDisposableStack();
    for (let n = 0; n < MAX_TAPS; n += 1) stack.use(await world.tap('node=a'));
    expect(await world.ask('/tap?node=a', {})).toBe(429);
  });

  it('shows so many messages a second, counts the others, and tells the count', async () => {
    await using world = await World.start();
    using tap = await world.tap('node=a');
    await until(() => world.server.taps === 1);
    for (let n = 0; n < TAP_MESSAGES_PER_SECOND + 500; n += 1) world.handled();
    expect(world.server.dropped).toBe(500);
    world.nowMs += 1000;
    world.handled();
    await until(() => tap.dropped() === 500);
    expect(tap.messages()).toHaveLength(TAP_MESSAGES_PER_SECOND + 1);
  });

  it('whose reader is slow loses messages with a count, holds bounded memory, and slows nobody', async () => {
    await using world = await World.start();
    using tap = await world.tap('node=a', { isRead: false });
    await until(() => world.server.taps === 1);
    const sent = 3000;
    const data = { text: 'x'.repeat(15_000) };
    for (let n = 0; n < sent; n += 1) {
      world.nowMs += 10; // at a pace that a tap may show
      world.handled({ data }); // returns at once: nobody awaits a reader
      if (n % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    expect(world.server.dropped).toBeGreaterThan(0);
    tap.read();
    await until(() => tap.messages().length + tap.dropped() === sent);
    expect(tap.dropped()).toBe(world.server.dropped);
  });
});

/** Waits for a condition, for 10 s at most. */
async function until(isTrue: () => boolean): Promise<void> {
  const endMs = performance.now() + 10_000;
  while (!isTrue()) {
    if (performance.now() > endMs) throw new Error('it did not come true within 10 s');
    await new Promise((resolve) => setImmediate(resolve));
  }
}
