import { Metadata, type ServiceError, credentials, status } from '@grpc/grpc-js';
import { ByteBudget, TinyError, systemClock } from '@tinysystems/core';
import {
  type Frame,
  type MessageRequest,
  type MessageResponse,
  ModuleServiceClient,
} from '@tinysystems/proto';
import { AddressBook, ClientPool, ModuleServer } from '@tinysystems/transport';
import { Replica, forever, messageTo } from './replica.ts';

/** A client as any gRPC library makes it: no metadata, no deadline. */
class PlainClient implements Disposable {
  readonly #client: ModuleServiceClient;

  constructor(addr: string) {
    this.#client = new ModuleServiceClient(addr, credentials.createInsecure());
  }

  call(request: Partial<MessageRequest>, metadata = new Metadata()): Promise<MessageResponse> {
    const full = { ID: '', From: '', To: 'a:in', Payload: Buffer.from('{}'), EdgeID: '', ...request };
    return new Promise((resolve, reject) => {
      this.#client.message(full, metadata, (error: ServiceError | null, response: MessageResponse) =>
        error === null ? resolve(response) : reject(error),
      );
    });
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }
}

describe('ModuleServer', () => {
  it('answers a plain unary call, as foreign clients make it', async () => {
    await using replica = await Replica.start(async ({ data }) => ({ echoed: data }));
    using client = new PlainClient(replica.endpoint.addr);
    const response = await client.call({
      From: 'b:out',
      To: 'a:in',
      EdgeID: 'e',
      Payload: Buffer.from('{"n":1}'),
    });
    expect(JSON.parse(String(response.Data))).toEqual({ echoed: { n: 1 } });
    expect(replica.received[0]).toMatchObject({
      from: { node: 'b', port: 'out' },
      to: { node: 'a', port: 'in' },
      edgeId: 'e',
      depth: 0,
      trace: undefined,
      passed: undefined,
    });
  });

  it('gives a call 60 s that brings no deadline', async () => {
    const startedMs = Date.now();
    await using replica = await Replica.start(async () => null);
    using client = new PlainClient(replica.endpoint.addr);
    await client.call({});
    expect(replica.received[0]?.deadlineMs).toBeGreaterThanOrEqual(startedMs + 60_000);
    expect(replica.received[0]?.deadlineMs).toBeLessThanOrEqual(Date.now() + 60_000);
  });

  it('never takes a call for a signal, whoever it says it comes from', async () => {
    await using replica = await Replica.start(async () => null);
    using client = new PlainClient(replica.endpoint.addr);
    await client.call({ From: '' });
    await client.call({ From: 'signal' });
    expect(replica.received.map(({ from }) => from)).toEqual([
      { node: '', port: '' },
      { node: '', port: '' },
    ]);
  });

  it.each<[string, Partial<MessageRequest>, string]>([
    ['a target that is none', { To: 'a' }, 'MESSAGE_INVALID'],
    ['a payload that is not JSON', { Payload: Buffer.from('{') }, 'MESSAGE_INVALID'],
    ['a payload above the limit', { Payload: Buffer.alloc(4 * 1024 * 1024 + 1, ' ') }, 'MESSAGE_TOO_LARGE'],
  ])('refuses %s', async (_case, request, code) => {
    await using replica = await Replica.start(async () => null);
    using client = new PlainClient(replica.endpoint.addr);
    const failure = await client.call(request).catch((error: ServiceError) => error);
    expect(failure).toMatchObject({ code: status.FAILED_PRECONDITION });
    expect((failure as ServiceError).metadata.get('x-tiny-code')).toEqual([code]);
    expect(replica.received).toHaveLength(0);
  });

  it('asks whether a call is allowed before it delivers', async () => {
    const authorise = () => Promise.reject(new TinyError('Permanent', 'EDGE_REFUSED', 'no such edge'));
    await using replica = await Replica.start(async () => null, { authorise });
    using client = new PlainClient(replica.endpoint.addr);
    await expect(client.call({})).rejects.toMatchObject({ details: 'no such edge' });
    expect(replica.received).toHaveLength(0);
  });

  it('reads trace, depth and passed nodes, and takes nonsense for none', async () => {
    await using replica = await Replica.start(async () => null);
    using client = new PlainClient(replica.endpoint.addr);
    const metadata = new Metadata();
    metadata.set('traceparent', 'nonsense');
    metadata.set('x-message-depth', '-3');
    await client.call({}, metadata);
    metadata.set('traceparent', `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`);
    metadata.set('x-message-depth', '9');
    metadata.set('x-message-passed', 'x,y');
    await client.call({}, metadata);
    expect(replica.received.map(({ trace, depth, passed }) => ({ trace, depth, passed }))).toEqual([
      { trace: undefined, depth: 0, passed: undefined },
      {
        trace: { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1 },
        depth: 9,
        passed: { node: 'x', before: { node: 'y', before: undefined } },
      },
    ]);
  });

  it('bounds the bytes in flight, and counts them down when calls end', async () => {
    let end: (() => void) | undefined;
    await using replica = await Replica.start(() => new Promise((resolve) => (end = () => resolve(null))), {
      budget: new ByteBudget(100),
    });
    using client = new PlainClient(replica.endpoint.addr);
    const large = { Payload: Buffer.from(JSON.stringify('x'.repeat(80))) };
    const first = client.call(large);
    while (end === undefined) await new Promise((resolve) => setTimeout(resolve, 1));
    await expect(client.call(large)).rejects.toMatchObject({ code: status.RESOURCE_EXHAUSTED });
    end();
    await first;
    const third = client.call(large);
    while (replica.received.length < 2) await new Promise((resolve) => setTimeout(resolve, 1));
    end();
    await third;
  });

  it('waits for the calls in work when it stops, and takes no new ones', async () => {
    let end: (() => void) | undefined;
    await using replica = await Replica.start(
      () => new Promise((resolve) => (end = () => resolve('finished'))),
    );
    const book = new AddressBook();
    await using pool = new ClientPool({ book, clock: systemClock });
    book.set('m', [replica.endpoint]);
    const call = pool.deliver('m', messageTo('a'), forever());
    while (end === undefined) await new Promise((resolve) => setTimeout(resolve, 1));
    let isStopped = false;
    const stopped = replica.server.stop(5000).then(() => (isStopped = true));
    await expect(pool.deliver('m', messageTo('a'), forever())).rejects.toMatchObject({
      kind: 'Transient',
      code: 'MODULE_UNREACHABLE',
    });
    expect(isStopped).toBe(false);
    end();
    await expect(call).resolves.toBe('finished');
    await stopped;
    expect(replica.received).toHaveLength(1);
  });

  it('ends calls that do not end in the time it was given, with an error that may be retried', async () => {
    await using replica = await Replica.start(() => new Promise(() => undefined));
    const book = new AddressBook();
    await using pool = new ClientPool({ book, clock: systemClock });
    book.set('m', [replica.endpoint]);
    const startedMs = performance.now();
    const call = pool.deliver('m', messageTo('a'), forever());
    const failed = expect(call).rejects.toMatchObject({
      kind: 'Transient',
      code: 'MODULE_UNREACHABLE',
      message: expect.stringContaining('stopped before it answered'),
    });
    while (replica.received.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    await Promise.all([replica.server.stop(20), replica.server.stop(20)]);
    await failed;
    expect(performance.now() - startedMs).toBeLessThan(5000);
  });

  it('ends the streams of clients that do not end them', async () => {
    await using replica = await Replica.start(async () => null);
    const client = new ModuleServiceClient(replica.endpoint.addr, credentials.createInsecure());
    const stream = client.connect();
    const seen: string[] = [];
    stream.on('data', ({ credit, stopping }: Frame) =>
      seen.push(credit > 0 ? 'credit' : `stopping: ${stopping}`),
    );
    stream.on('error', (error: ServiceError) => seen.push(`status ${error.code}`));
    const ended = new Promise((resolve) => stream.on('status', resolve));
    await new Promise((resolve) => stream.once('data', resolve));
    await replica.server.stop(50);
    await ended;
    client.close();
    expect(seen).toEqual(['credit', 'stopping: true', `status ${status.UNAVAILABLE}`]);
  });

  it('names the address that it cannot listen on', async () => {
    await using replica = await Replica.start(async () => null);
    const { addr } = replica.endpoint;
    const second = new ModuleServer({
      address: addr,
      deliver: async () => null,
      authorise: async () => undefined,
      clock: systemClock,
    });
    await expect(second.listen()).rejects.toThrow(`gRPC cannot listen on ${addr}`);
    await second.stop(0);
  });
});
