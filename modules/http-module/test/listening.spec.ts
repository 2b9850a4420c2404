import { Agent, request } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { FakeClock, MemoryState, eventually, runComponent } from '@tinysystems/testing';
import { createHttpServer } from '../src/components/http-server.ts';
import { systemClock } from '@tinysystems/sdk';
import { portOf, serve } from './serve.ts';

const host = '127.0.0.1';
const wire = { request: (data: any) => ({ body: String(data.context) }) };
const ask = async (port: number) => (await fetch(`http://${host}:${port}/`)).text();

/** Takes a port so that nobody else can listen there. */
async function occupy(port = 0) {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(port, host, resolve));
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

/** One client connection, kept open between requests. */
function keepAlive() {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  return Object.assign(agent, { [Symbol.dispose]: () => agent.destroy() });
}

/** Makes one request; tells whether it went over a connection that was open before. */
function askOver(agent: Agent, port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const asked = request({ agent, host, port }, (response) => {
      response.resume().on('end', () => setImmediate(() => resolve(asked.reusedSocket)));
    });
    asked.on('error', reject).end();
  });
}

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const { port, [Symbol.asyncDispose]: free } = await occupy();
  await free();
  return port;
}

describe('http_server listens', () => {
  it('once start has returned, and longer than the start message lives', async () => {
    await using run = await runComponent(createHttpServer(systemClock), { wire });
    const leave = new AbortController();
    await run.send('start', { host, context: 1 }, { timeoutMs: 200, signal: leave.signal });
    leave.abort();
    expect(await ask(portOf(run))).toBe('1');
    expect(run.view).toEqual({ isRunning: true, listenAddr: [`http://${host}:${portOf(run)}`] });
  });

  it('until stop, which clears the wish', async () => {
    await using server = await serve({ wire });
    await server.run.send('stop', { any: 'thing' });
    await expect(server.get('/')).rejects.toThrow();
    expect(server.run.state.get('http-start')).toBeUndefined();
    expect(server.run.view).toEqual({ isRunning: false, listenAddr: [] });
  });

  it('without a message when the settings say so', async () => {
    await using run = await runComponent(createHttpServer(systemClock), {
      settings: { start: { host, context: 'set' } },
      wire,
    });
    await eventually(() => portOf(run) > 0);
    expect(await ask(portOf(run))).toBe('set');
  });

  it('as the last of settings and messages says', async () => {
    const start = { host, context: 'settings' };
    await using run = await runComponent(createHttpServer(systemClock), { settings: { start }, wire });
    await run.send('start', { host, context: 'message' });
    expect(await ask(portOf(run))).toBe('message');
    await run.send('stop', {});
    expect(portOf(run)).toBe(0);
    await run.update({ settings: { start, enableStatusPort: true } });
    expect(portOf(run)).toBe(0);
    await run.update({ settings: { start: { host, context: 'later' } } });
    await eventually(() => portOf(run) > 0);
    expect(await ask(portOf(run))).toBe('later');
  });

  it('again after a restart, on the same port', async () => {
    const state = new MemoryState();
    const before = await serve({ wire, state, start: { context: 'kept' } });
    await before[Symbol.asyncDispose]();
    await using after = await runComponent(createHttpServer(systemClock), { wire, state });
    await eventually(() => portOf(after) === before.port);
    expect(await ask(before.port)).toBe('kept');
  });

  it('on the port it is told, and moves when it is told another', async () => {
    const [first, second] = [await freePort(), await freePort()];
    await using server = await serve({ wire, start: { port: first, context: 1 } });
    expect(await ask(first)).toBe('1');
    await server.run.send('start', { host, port: second, context: 2 });
    expect(await ask(second)).toBe('2');
    await expect(ask(first)).rejects.toThrow();
  });

  it('through new settings and a new context without closing a connection', async () => {
    await using server = await serve({ wire, start: { context: 1 } });
    using agent = keepAlive();
    const isReused = () => askOver(agent, server.port);
    expect(await isReused()).toBe(false);
    await server.run.update({ settings: { maxBodyBytes: 5 } });
    expect(await isReused()).toBe(true);
    expect((await server.get('/', { method: 'POST', body: '123456' })).status).toBe(413);
    await server.run.send('start', { host, context: 2 });
    expect(await isReused()).toBe(true);
    expect(await ask(server.port)).toBe('2');
  });

  it('on one port on all replicas', async () => {
    const state = new MemoryState();
    const component = createHttpServer(systemClock);
    await using one = await runComponent(component, { state, wire });
    await using other = await runComponent(component, { state, wire });
    await one.send('start', { host, context: 'shared' });
    await eventually(() => expect(portOf(other)).toBe(portOf(one)));
    await other.send('stop', {});
    await eventually(() => expect([portOf(one), portOf(other)]).toEqual([0, 0]));
  });

  it('on another port when the one it chose earlier is taken', async () => {
    await using taken = await occupy();
    const state = new MemoryState();
    state.write('port', String(taken.port));
    await using server = await serve({ wire, state });
    expect(server.port).not.toBe(taken.port);
    expect(state.get('port')).toBe(String(server.port));
  });

  it('as the last of many quick starts and stops says', async () => {
    await using run = await runComponent(createHttpServer(systemClock), { wire });
    const port = await freePort();
    const sent = Array.from({ length: 100 }, (_, n) => [
      run.send('start', { host, port, context: n }),
      run.send('stop', {}),
    ]).flat();
    await Promise.all([...sent, run.send('start', { host, port, context: 'last' })]);
    expect(await ask(port)).toBe('last');
    await run.send('stop', {});
    await using free = await occupy(port);
    expect(free.port).toBe(port);
  });
});

describe('http_server that cannot listen', () => {
  it('fails the start message, naming the port and what to do', async () => {
    await using taken = await occupy();
    await using run = await runComponent(createHttpServer(systemClock));
    await expect(run.send('start', { host, port: taken.port })).rejects.toMatchObject({
      kind: 'Transient',
      code: 'http-module.PORT_IN_USE',
      message: expect.stringMatching(new RegExp(`port ${taken.port} is in use.*choose another port`)),
    });
  });

  it('says so in the report, and listens once it can', async () => {
    const taken = await occupy();
    const settings = { start: { host, port: taken.port, context: 'finally' } };
    await using run = await runComponent(createHttpServer(systemClock), { settings, wire });
    await eventually(() =>
      expect(run.report.backgroundProblem).toMatchObject({ code: 'http-module.PORT_IN_USE' }),
    );
    await taken[Symbol.asyncDispose]();
    await eventually(() => portOf(run) === taken.port);
    expect(await ask(taken.port)).toBe('finally');
    expect(run.report.backgroundProblem).toBeUndefined();
  });

  it('listens at once when a start message names a better port', async () => {
    await using taken = await occupy();
    await using run = await runComponent(createHttpServer(systemClock), {
      settings: { start: { host, port: taken.port } },
      wire,
    });
    await eventually(() => expect(run.report.backgroundProblem).toBeDefined());
    await run.send('start', { host, context: 'better' });
    expect(await ask(portOf(run))).toBe('better');
  });

  it('does not share a port with another node of the module', async () => {
    const component = createHttpServer(systemClock);
    const port = await freePort();
    await using first = await runComponent(component, { name: 'first', wire });
    await using second = await runComponent(component, { name: 'second', wire });
    await first.send('start', { host, port });
    await expect(second.send('start', { host, port })).rejects.toThrow('node test/first of this module');
    await first.send('stop', {});
    await second.send('start', { host, port, context: 'mine' });
    expect(await ask(port)).toBe('mine');
  });

  it('refuses an address that is not its own', async () => {
    await using run = await runComponent(createHttpServer(systemClock));
    await expect(run.send('start', { host: '192.0.2.1' })).rejects.toMatchObject({
      code: 'http-module.LISTEN_FAILED',
    });
  });
});

describe('http_server that stops', () => {
  it('lets requests in work end, and takes no new ones', async () => {
    const answers: ((text: string) => void)[] = [];
    const server = await serve({
      wire: { request: () => new Promise((resolve) => answers.push((body) => resolve({ body }))) },
    });
    const inWork = server.get('/');
    await eventually(() => answers.length === 1);
    const stopped = server[Symbol.asyncDispose]();
    await eventually(() => expect(server.get('/late')).rejects.toThrow());
    answers[0]?.('finished');
    const answer = await inWork;
    expect([await answer.text(), answer.headers.get('connection')]).toEqual(['finished', 'close']);
    await stopped;
  });

  it('closes idle connections at once', async () => {
    const server = await serve({ wire });
    await (await server.get('/')).text();
    await server[Symbol.asyncDispose]();
    await expect(server.get('/')).rejects.toThrow();
  });

  it('ends requests in work after ten seconds', async () => {
    const clock = new FakeClock();
    const reached = Promise.withResolvers<void>();
    const run = await runComponent(createHttpServer(clock), {
      clock,
      wire: { request: () => (reached.resolve(), new Promise(() => undefined)) },
    });
    await run.send('start', { host });
    let isEnded = false;
    const asked = Promise.allSettled([fetch(`http://${host}:${portOf(run)}/`)]).then(() => (isEnded = true));
    await reached.promise;
    const ended = run.end('released');
    await clock.advance(9999);
    expect(isEnded).toBe(false);
    await clock.advance(1);
    await Promise.all([asked, ended]);
  });

  it('still takes the answers of requests in work', async () => {
    const goOn = Promise.withResolvers<void>();
    const reached = Promise.withResolvers<void>();
    const server = await serve({
      wire: {
        request: async (_data, message) => {
          reached.resolve();
          await goOn.promise;
          return server.run.send('response', { body: 'in time' }, { after: message });
        },
      },
    });
    const asked = server.get('/');
    await reached.promise;
    const ended = server.run.end('deleted');
    goOn.resolve();
    expect(await (await asked).text()).toBe('in time');
    await ended;
  });

  it('leaves nothing open when its node is deleted while it cannot listen', async () => {
    await using taken = await occupy();
    const server = await serve({ wire });
    await expect(server.run.send('start', { host, port: taken.port })).rejects.toThrow();
    await server.run.end('deleted');
    await expect(server.get('/')).rejects.toThrow();
  });
});

describe('the status port of http_server', () => {
  it('tells each start and stop', async () => {
    await using server = await serve({ settings: { enableStatusPort: true }, start: { context: 7 } });
    await server.run.send('stop', {});
    await eventually(() => server.run.emitted('status').length === 2);
    expect(server.run.emitted('status')).toEqual([
      { context: 7, isRunning: true, listenAddr: [`http://${host}:${server.port}`] },
      { context: null, isRunning: false, listenAddr: [] },
    ]);
  });

  it('is there only when it is enabled', async () => {
    await using server = await serve();
    const ports = server.run.report.ports.map((port) => port.name);
    expect(ports).toEqual(['_control', '_settings', 'request', 'response', 'start', 'stop']);
  });
});
