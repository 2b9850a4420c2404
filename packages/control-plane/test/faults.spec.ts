import { TestServer } from './client.ts';
import { configMap } from './widgets.ts';

const PATH = '/api/v1/namespaces/default/configmaps';

describe('Faults', () => {
  it('drop every open watch and count them', async () => {
    await using server = await TestServer.start();
    using first = await server.watch(`${PATH}?watch=true`);
    using second = await server.watch('/api/v1/namespaces?watch=true');
    expect(server.plane.faults.dropWatches()).toBe(2);
    await Promise.all([first.end(), second.end()]);
    expect(server.plane.faults.dropWatches()).toBe(0);
  });

  it('forget the history, so that an old version is 410 and a new one is not', async () => {
    await using server = await TestServer.start();
    const { body: before } = await server.get(PATH);
    await server.post(PATH, configMap('a'));
    server.plane.faults.compact();
    const { body: after } = await server.get(PATH);
    using old = await server.watch(`${PATH}?watch=true&resourceVersion=${before.metadata.resourceVersion}`);
    const [event] = await old.first(1);
    expect([event.type, event.object.code]).toEqual(['ERROR', 410]);
    using fresh = await server.watch(`${PATH}?watch=true&resourceVersion=${after.metadata.resourceVersion}`);
    await server.post(PATH, configMap('b'));
    expect((await fresh.first(1))[0].object.metadata.name).toBe('b');
  });

  it('expire a continue token whose state is forgotten', async () => {
    await using server = await TestServer.start();
    await server.post(PATH, configMap('a'));
    await server.post(PATH, configMap('b'));
    const { body } = await server.get(`${PATH}?limit=1`);
    await server.post(PATH, configMap('c'));
    server.plane.faults.compact();
    const { status, body: error } = await server.get(
      `${PATH}?limit=1&continue=${encodeURIComponent(body.metadata.continue)}`,
    );
    expect([status, error.reason]).toEqual([410, 'Expired']);
  });

  it('fail the next calls that match, with Retry-After, and no others', async () => {
    await using server = await TestServer.start();
    server.plane.faults.failNext({
      count: 2,
      status: 429,
      retryAfterS: 3,
      method: 'POST',
      path: /configmaps/,
    });
    const read = await server.get(PATH);
    const failed = [await server.post(PATH, configMap('a')), await server.post(PATH, configMap('a'))];
    const served = await server.post(PATH, configMap('a'));
    expect([read.status, ...failed.map(({ status }) => status), served.status]).toEqual([200, 429, 429, 201]);
    expect([failed[0]?.headers['retry-after'], failed[0]?.body.details.retryAfterSeconds]).toEqual(['3', 3]);
  });

  it('fail only the calls that are chosen, until that is ended', async () => {
    await using server = await TestServer.start();
    let calls = 0;
    const when = (): boolean => (calls += 1) % 2 === 1;
    const end = server.plane.faults.failNext({ count: 100, status: 410, path: /configmaps/, when });
    const codes = [await server.get(PATH), await server.get(PATH), await server.get(PATH)];
    end();
    const after = [await server.get(PATH), await server.get(PATH)];

    expect([...codes, ...after].map(({ status }) => status)).toEqual([410, 200, 410, 200, 200]);
    expect(codes[0]?.body.reason).toBe('Expired');
  });

  it('hold calls that are not handled before, and never', async () => {
    await using server = await TestServer.start();
    const hold = server.plane.faults.hold({ at: 'arrival', method: 'POST', path: /configmaps/ });
    const held = server.post(PATH, configMap('a'));
    await hold.reached(1);
    expect((await server.get(PATH)).body.items).toEqual([]);
    hold.end();
    expect((await held).status).toBe(503);
    expect((await server.post(PATH, configMap('b'))).status).toBe(201);
    expect((await server.get(PATH)).body.items).toHaveLength(1);
  });

  it('hold the answers of calls that are handled', async () => {
    await using server = await TestServer.start();
    const hold = server.plane.faults.hold({ at: 'answer', method: 'POST', path: /configmaps/ });
    const held = server.post(PATH, configMap('a'));
    await hold.reached(1);
    expect((await server.get(PATH)).body.items).toHaveLength(1);
    hold.end();
    expect((await held).status).toBe(503);
  });

  it('delay the calls that match until told otherwise', async () => {
    await using server = await TestServer.start();
    server.plane.faults.delay({ ms: 80, path: /configmaps/ });
    const startedAt = performance.now();
    await server.get('/version');
    const quickMs = performance.now() - startedAt;
    await server.get(PATH);
    expect(performance.now() - startedAt - quickMs).toBeGreaterThanOrEqual(75);
    server.plane.faults.delay({ ms: 0, path: /configmaps/ });
    const afterMs = performance.now();
    await server.get(PATH);
    expect(performance.now() - afterMs).toBeLessThan(75);
  });

  it('keep watches silent and deliver what was missed when they resume', async () => {
    await using server = await TestServer.start();
    using watch = await server.watch(`${PATH}?watch=true&resourceVersion=0`);
    server.plane.faults.pauseWatches();
    await server.post(PATH, configMap('a'));
    await server.merge(`${PATH}/a`, { data: { x: 'y' } });
    expect(watch.events).toEqual([]);
    server.plane.faults.resumeWatches();
    expect((await watch.first(2)).map(({ type }) => type)).toEqual(['ADDED', 'MODIFIED']);
  });

  it('keep a watch silent that is opened meanwhile', async () => {
    await using server = await TestServer.start();
    await server.post(PATH, configMap('a'));
    server.plane.faults.pauseWatches();
    using watch = await server.watch(`${PATH}?watch=true`);
    await server.get(PATH);
    expect(watch.events).toEqual([]);
    server.plane.faults.resumeWatches();
    expect((await watch.first(1))[0].object.metadata.name).toBe('a');
  });

  it('count the calls that were made', async () => {
    await using server = await TestServer.start();
    await server.get(`${PATH}?limit=1`);
    await server.post(PATH, configMap('a'));
    const seen = server.plane.faults.requests.map(({ method, path }) => `${method} ${path}`);
    expect(seen).toEqual([`GET ${PATH}?limit=1`, `POST ${PATH}`]);
  });
});
