import { once } from 'node:events';
import { connect } from 'node:net';
import { eventually } from '@tinysystems/testing';
import { type Serving, serve } from './serve.ts';

/** A flow whose answers wait until the test lets them go. */
class HeldFlow {
  readonly #answers: (() => void)[] = [];
  readonly wire = {
    request: () =>
      new Promise<{ statusCode: number }>((resolve) =>
        this.#answers.push(() => resolve({ statusCode: 200 })),
      ),
  };

  get asked(): number {
    return this.#answers.length;
  }

  answerAll(): void {
    for (const answer of this.#answers.splice(0)) answer();
  }
}

function post(server: Serving, bytes: number): Promise<Response> {
  return server.get('/', { method: 'POST', body: 'x'.repeat(bytes) });
}

/** Sends text on a connection of its own. @returns the head of the first answer. */
async function raw(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(text);
  const [chunk] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  return chunk.toString();
}

describe('http_server under overload', () => {
  it('charges each request, with head and body, to the budget of the module until it is answered', async () => {
    const flow = new HeldFlow();
    await using server = await serve({ wire: flow.wire });
    const answers = [post(server, 10_000), post(server, 10_000)];
    await eventually(() => flow.asked === 2);
    expect(server.run.inFlightBytes).toBeGreaterThan(20_000);
    expect(server.run.inFlightBytes).toBeLessThan(21_000);
    flow.answerAll();
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200]);
    await eventually(() => server.run.inFlightBytes === 0);
  });

  it('answers 429 before a body is read that says it does not fit, and takes it when there is room', async () => {
    const flow = new HeldFlow();
    await using server = await serve({ wire: flow.wire, maxInFlightBytes: 15_000 });
    const first = post(server, 10_000);
    await eventually(() => flow.asked === 1);
    const answer = await raw(server.port, 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10000\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 429 /);
    expect(answer).toContain('Retry-After: 1\r\n');
    expect(answer).toContain('"code":"QUEUE_FULL"');
    flow.answerAll();
    expect((await first).status).toBe(200);
    const later = post(server, 10_000);
    await eventually(() => flow.asked === 1);
    flow.answerAll();
    expect((await later).status).toBe(200);
  });

  it('answers 429 as soon as a body of unknown length does not fit, and gives its part back', async () => {
    const flow = new HeldFlow();
    await using server = await serve({ wire: flow.wire, maxInFlightBytes: 15_000 });
    const first = post(server, 10_000);
    await eventually(() => flow.asked === 1);
    const before = server.run.inFlightBytes;
    const chunk = `1000\r\n${'x'.repeat(4096)}\r\n`;
    const answer = await raw(
      server.port,
      `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${chunk}${chunk}`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 429 /);
    expect(server.run.inFlightBytes).toBe(before);
    expect(flow.asked).toBe(1);
    flow.answerAll();
    await first;
  });

  it('takes 4 MiB of body by default, as every border does', async () => {
    await using server = await serve();
    const withBody = (bytes: number) =>
      raw(server.port, `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${bytes}\r\n\r\n`);
    expect(await withBody(4 * 1024 * 1024 + 1)).toMatch(/^HTTP\/1\.1 413 /);
    expect((await post(server, 4 * 1024 * 1024)).status).toBe(500); // Nobody answers, but it was taken.
    expect(server.run.emitted('request')).toHaveLength(1);
  });

  it('gives back what a broken upload was charged', async () => {
    await using server = await serve();
    const socket = connect(server.port, '127.0.0.1');
    socket.write(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10000\r\n\r\n${'x'.repeat(100)}`);
    await eventually(() => server.run.inFlightBytes > 10_000);
    socket.destroy();
    await eventually(() => server.run.inFlightBytes === 0);
  });

  it('has a bound on the requests in work, and answers 429 beyond, on connections that stay open', async () => {
    const flow = new HeldFlow();
    await using server = await serve({ wire: flow.wire, settings: { maxRequests: 2 } });
    const admitted = [server.get('/'), server.get('/')];
    await eventually(() => flow.asked === 2);
    const refused = await server.get('/');
    expect([refused.status, refused.headers.get('retry-after'), refused.headers.get('connection')]).toEqual([
      429,
      '1',
      'keep-alive',
    ]);
    expect(((await refused.json()) as { error: object }).error).toMatchObject({
      code: 'QUEUE_FULL',
      message: expect.stringContaining('maxRequests'),
    });
    expect(flow.asked).toBe(2);
    flow.answerAll();
    await Promise.all(admitted);
    const later = server.get('/');
    await eventually(() => flow.asked === 1);
    flow.answerAll();
    expect((await later).status).toBe(200);
  });
});
