import { getEventListeners } from 'node:events';
import { ApiError } from '../../src/client/api-error.ts';
import { Client } from '../../src/client/client.ts';
import type { ClusterConfig } from '../../src/client/cluster-config.ts';
import type { JsonCodec } from '../../src/client/json-codec.ts';
import { UnreachableError } from '../../src/client/unreachable-error.ts';
import type { WatchEvent } from '../../src/watch/watch-event.ts';
import { eventually } from '../eventually.ts';
import { FakeApiServer, sendJson, status } from '../fake-api-server.ts';
import { RecordingMetrics } from '../recording-metrics.ts';
import { widget, WIDGET } from '../widget.ts';
import type { Widget } from '../widget.ts';

const WIDGETS = '/apis/example.com/v1/namespaces/default/widgets';

describe('Client', () => {
  it('reads an object, with credentials and user agent', async () => {
    await using test = await start();
    test.server.answer = (_, response) => sendJson(response, 200, widget('a', 7));

    expect((await test.widgets.get('a')).metadata.resourceVersion).toBe('7');
    expect(test.server.lastRequest).toMatchObject({
      method: 'GET',
      path: `${WIDGETS}/a`,
      headers: { authorization: 'Bearer secret', 'user-agent': 'test/1', accept: 'application/json' },
    });
  });

  it('returns of a deletion what is left of the object', async () => {
    await using test = await start();
    test.server.answer = (_, response) => sendJson(response, 200, { kind: 'Status', status: 'Success' });
    expect(await test.widgets.delete('a')).toBeUndefined();

    const dying = widget('a', 8, { metadata: { deletionTimestamp: '2030-01-01T00:00:00Z' } });
    test.server.answer = (_, response) => sendJson(response, 200, dying);
    expect(await test.widgets.delete('a')).toEqual(dying);
  });

  it('says that a server which cuts its answers off gave none, and tells who waits when it answers', async () => {
    await using test = await start();
    test.server.answer = (_, response) => void response.destroy();
    const failure: unknown = await test.widgets.get('a').catch((error: unknown) => error);
    expect(UnreachableError.is(failure)).toBe(true);

    const back = test.widgets.whenReachable(AbortSignal.timeout(10_000));
    test.server.answer = (_, response) => sendJson(response, 503, status(503, 'Unavailable', 'starting'));
    await test.widgets.get('a').catch((error: unknown) => error);
    test.server.answer = (_, response) => sendJson(response, 403, status(403, 'Forbidden', 'not for you'));

    await back; // It asks by itself.
    expect(test.server.lastRequest?.path).toBe('/version');
  });

  it('keeps the path prefix of the server', async () => {
    await using server = await FakeApiServer.start();
    await using client = new Client({
      config: server.config({ server: `${server.url}/k8s/c-1/` }),
      userAgent: 'test/1',
    });
    await client.resource(WIDGET, 'default').get('a');

    expect(server.lastRequest?.path).toBe(`/k8s/c-1${WIDGETS}/a`);
  });

  it('writes objects where they belong, completed by their type', async () => {
    await using test = await start();
    const bare: Widget = { metadata: { name: 'a', namespace: 'other' }, spec: { size: 1 } };
    await test.client.resource(WIDGET).create(bare, { fieldManager: 'me' });
    await test.client.resource(WIDGET).replace(bare);
    await test.widgets.replaceStatus(bare);

    const path = '/apis/example.com/v1/namespaces/other/widgets';
    expect(test.server.requests).toMatchObject([
      {
        method: 'POST',
        path,
        query: { fieldManager: 'me' },
        body: { apiVersion: 'example.com/v1', kind: 'Widget' },
      },
      { method: 'PUT', path: `${path}/a`, body: { spec: { size: 1 } } },
      { method: 'PUT', path: `${path}/a/status` },
    ]);
  });

  it('reads and writes with the codec it is given', async () => {
    await using server = await FakeApiServer.start();
    const text = JSON.stringify(widget('a', 1));
    server.answer = ({ query }, response) => {
      response.end(query['watch'] ? `{"type":"ADDED","object":${text}}\n` : text);
    };
    const parsed: string[] = [];
    const codec: JsonCodec = {
      parse: (json) => {
        parsed.push(json);
        return JSON.parse(json);
      },
      stringify: (value) => JSON.stringify({ ...(value as object), kind: 'Written' }),
    };
    await using client = new Client({ config: server.config(), userAgent: 'test/1', codec });
    const widgets = client.resource(WIDGET, 'default');
    await widgets.replace(widget('a', 1));
    await read(widgets.watch());

    expect(server.requests[0]?.body).toMatchObject({ kind: 'Written' });
    expect(parsed).toEqual([text, `{"type":"ADDED","object":${text}}`]);
  });

  it('tells the server which kind of patch it sends', async () => {
    await using test = await start();
    await test.widgets.patch('a', { spec: { size: null } }, { subresource: 'status' });
    await test.widgets.patch('a', [{ op: 'remove', path: '/spec' }]);
    await test.widgets.apply(
      { metadata: { name: 'a' } },
      { fieldManager: 'me', force: true, subresource: 'status' },
    );

    expect(test.server.requests).toMatchObject([
      {
        path: `${WIDGETS}/a/status`,
        headers: { 'content-type': 'application/merge-patch+json' },
        body: { spec: { size: null } },
      },
      {
        path: `${WIDGETS}/a`,
        headers: { 'content-type': 'application/json-patch+json' },
        body: [{ op: 'remove' }],
      },
      {
        path: `${WIDGETS}/a/status`,
        query: { fieldManager: 'me', force: 'true' },
        headers: { 'content-type': 'application/apply-patch+yaml' },
      },
    ]);
  });

  it('deletes under preconditions', async () => {
    await using test = await start();
    await test.widgets.delete('a', { propagationPolicy: 'Foreground', uid: 'u', resourceVersion: '5' });

    expect(test.server.lastRequest).toMatchObject({
      method: 'DELETE',
      body: { propagationPolicy: 'Foreground', preconditions: { uid: 'u', resourceVersion: '5' } },
    });
  });

  it('lists a page, and gives its items the type that servers leave out', async () => {
    await using test = await start();
    test.server.answer = (_, response) =>
      sendJson(response, 200, {
        items: [{ metadata: { name: 'a' } }],
        metadata: { resourceVersion: '9', continue: 'x' },
      });
    const page = await test.client.resource(WIDGET).list({ labelSelector: 'a=b,c!=d', limit: 500 });

    expect(page).toEqual({
      items: [{ apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'a' } }],
      metadata: { resourceVersion: '9', continue: 'x' },
    });
    expect(test.server.lastRequest).toMatchObject({
      path: '/apis/example.com/v1/widgets',
      query: { labelSelector: 'a=b,c!=d', limit: '500' },
    });
  });

  it('never takes another answer for an empty list', async () => {
    await using test = await start();
    test.server.answer = (_, response) => sendJson(response, 200, { message: 'welcome' });

    await expect(test.widgets.list()).rejects.toThrow('is not a list');
  });

  it('makes an ApiError of a refusal', async () => {
    await using test = await start();
    test.server.answer = (_, response) =>
      sendJson(response, 409, status(409, 'Conflict', 'the object has been modified', { name: 'a' }));
    const error = await test.widgets.replace(widget('a', 1)).catch((reason) => reason);

    expect(ApiError.isConflict(error)).toBe(true);
    expect(ApiError.isAlreadyExists(error)).toBe(false);
    expect(error).toMatchObject({ code: 409, reason: 'Conflict', details: { name: 'a' } });
    expect(error.message).toBe(`PUT ${WIDGETS}/a answered 409 Conflict: the object has been modified`);
  });

  it('keeps how long the server asks to wait, from the header or the body', async () => {
    await using test = await start();
    test.server.answer = (_, response) =>
      sendJson(response, 429, status(429, 'TooManyRequests', 'later'), { 'retry-after': '3' });
    expect(await test.widgets.get('a').catch((reason) => reason)).toMatchObject({ retryAfterMs: 3_000 });

    test.server.answer = (_, response) =>
      sendJson(response, 504, status(504, 'Timeout', 'later', { retryAfterSeconds: 2 }));
    expect(await test.widgets.get('a').catch((reason) => reason)).toMatchObject({ retryAfterMs: 2_000 });
  });

  it('understands a refusal that is no Status', async () => {
    await using test = await start();
    test.server.answer = (_, response) => response.writeHead(503).end('upstream is down\n');
    const error = await test.widgets.get('a').catch((reason) => reason);

    expect(error).toMatchObject({ code: 503, reason: 'ServiceUnavailable' });
    expect(error.message).toContain('upstream is down');
  });

  it('asks for a new token once when the last one is refused', async () => {
    const tokens = ['old', 'new'];
    const authorization: ClusterConfig['authorization'] = async ({ refresh = false } = {}) =>
      `Bearer ${refresh ? tokens[1] : tokens[0]}`;
    await using test = await start({ authorization });
    test.server.answer = ({ headers }, response) =>
      headers.authorization === 'Bearer new'
        ? sendJson(response, 200, widget('a', 1))
        : sendJson(response, 401, status(401, 'Unauthorized', 'Unauthorized'));
    await test.widgets.create(widget('a', 1));
    expect(test.server.requests).toHaveLength(2);

    tokens[1] = 'refused too';
    const error = await test.widgets.get('a').catch((reason) => reason);
    expect(error).toMatchObject({ code: 401, reason: 'Unauthorized' });
    expect(test.server.requests).toHaveLength(4);
  });

  it('says what could not be reached', async () => {
    await using server = await FakeApiServer.start();
    const config = server.config();
    await server[Symbol.asyncDispose]();
    await using client = new Client({ config, userAgent: 'test/1' });
    const error = await client
      .resource(WIDGET, 'default')
      .get('a')
      .catch((reason) => reason);

    expect(ApiError.is(error)).toBe(false);
    expect(error.message).toMatch(
      /^GET http:\/\/127\.0\.0\.1:\d+\/apis.* got no answer: .*ECONNREFUSED.* Check that/,
    );
  });

  it('says what answered something else than JSON', async () => {
    await using test = await start();
    test.server.answer = (_, response) => response.writeHead(200).end('<html>login</html>');

    await expect(test.widgets.get('a')).rejects.toThrow('"<html>login</html>", which is not JSON');
  });

  it('rejects with the reason of its signal', async () => {
    await using test = await start();
    test.server.answer = () => undefined;
    const stop = new AbortController();
    const waiting = test.widgets.get('a', { signal: stop.signal });
    await eventually(() => expect(test.server.requests).toHaveLength(1));
    stop.abort(new Error('enough'));

    await expect(waiting).rejects.toThrow('enough');
  });

  it('gives up a server that accepts a request and stays silent', async () => {
    await using server = await FakeApiServer.start();
    server.answer = () => undefined;
    await using client = new Client({ config: server.config(), userAgent: 'test/1', timeoutMs: 50 });

    await expect(client.resource(WIDGET, 'default').get('a')).rejects.toThrow(
      'got no answer: Headers Timeout',
    );
  });

  it('refuses an address it cannot build', async () => {
    await using test = await start();

    await expect(async () => test.client.resource(WIDGET).get('a')).rejects.toThrow(
      'Widget "a" needs a namespace',
    );
    await expect(async () => test.widgets.replace({ metadata: {} })).rejects.toThrow('without metadata.name');
  });

  it('reads a watch while it goes on, and closes its connection when nobody reads any more', async () => {
    await using test = await start();
    test.server.answer = (_, response) => {
      response.writeHead(200).flushHeaders();
      response.write(`${JSON.stringify({ type: 'ADDED', object: widget('ä', 1) })}\n{"type":"MODI`);
      response.write(`FIED","object":${JSON.stringify(widget('ä', 2))}}\n`);
    };
    const seen: WatchEvent<Widget>[] = [];
    let isOpen = false;
    const onOpen = (): void => void (isOpen = true);
    for await (const event of test.widgets.watch({ resourceVersion: '5', timeoutSeconds: 300, onOpen })) {
      expect(isOpen).toBe(true);
      seen.push(event);
      if (seen.length === 2) break;
    }

    expect(seen.map(({ type, object }) => `${type} ${object.metadata.name}`)).toEqual([
      'ADDED ä',
      'MODIFIED ä',
    ]);
    expect(test.server.lastRequest?.query).toEqual({
      watch: 'true',
      allowWatchBookmarks: 'true',
      resourceVersion: '5',
      timeoutSeconds: '300',
    });
    await eventually(async () => expect(await test.server.connections()).toBe(0));
  });

  it('throws what refuses a watch, and the reason of its signal in the middle of one', async () => {
    await using test = await start();
    test.server.answer = (_, response) => sendJson(response, 410, status(410, 'Expired', 'too old'));
    const refused = await read(test.widgets.watch()).catch((reason) => reason);
    expect(ApiError.isGone(refused)).toBe(true);

    const stop = new AbortController();
    test.server.answer = (_, response) => void response.writeHead(200).flushHeaders();
    const reading = read(test.widgets.watch({ signal: stop.signal }));
    await eventually(() => expect(test.server.requests).toHaveLength(2));
    stop.abort(new Error('enough'));
    await expect(reading).rejects.toThrow('enough');
  });

  it('keeps connections for calls free of watches', async () => {
    await using server = await FakeApiServer.start();
    server.answer = ({ query }, response) =>
      query['watch'] ? response.writeHead(200).flushHeaders() : sendJson(response, 200, widget('a', 1));
    await using client = new Client({ config: server.config(), userAgent: 'test/1', maxConnections: 1 });
    const stop = new AbortController();
    const widgets = client.resource(WIDGET, 'default');
    const watches = [1, 2, 3].map(() => read(widgets.watch({ signal: stop.signal })).catch(() => 'ended'));
    await eventually(() => expect(server.requests).toHaveLength(3));

    await widgets.get('a');

    stop.abort();
    expect(await Promise.all(watches)).toEqual(['ended', 'ended', 'ended']);
  });

  it('leaves nothing behind on a signal that outlives its requests', async () => {
    await using test = await start();
    const { signal } = new AbortController();
    for (let times = 0; times < 50; times += 1) await test.widgets.get('a', { signal });
    test.server.answer = (_, response) => void response.writeHead(200).end();
    for (let times = 0; times < 10; times += 1) await read(test.widgets.watch({ signal }));

    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('counts requests by answer', async () => {
    await using test = await start();
    await test.widgets.get('a');
    test.server.answer = (_, response) => sendJson(response, 404, status(404, 'NotFound', 'no'));
    await test.widgets.get('a').catch(() => undefined);

    expect(test.metrics.count('rest_client_requests_total', { code: '200', method: 'GET' })).toBe(1);
    expect(test.metrics.count('rest_client_requests_total', { code: '404', method: 'GET' })).toBe(1);
  });
});

async function start(config: Partial<ClusterConfig> = {}) {
  const server = await FakeApiServer.start();
  const metrics = new RecordingMetrics();
  const client = new Client({ config: server.config(config), userAgent: 'test/1', metrics });
  return {
    server,
    metrics,
    client,
    widgets: client.resource(WIDGET, 'default'),
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

async function read<T>(source: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of source) items.push(item);
  return items;
}
