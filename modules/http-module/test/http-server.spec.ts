import { request as rawRequest } from 'node:http';
import { connect } from 'node:net';
import { TinyError } from '@tinysystems/sdk';
import { eventually } from '@tinysystems/testing';
import { serve } from './serve.ts';

const ok = { request: () => ({ statusCode: 200, body: 'ok' }) };

describe('http_server', () => {
  it('answers with what an edge leads back to response', async () => {
    const configuration = { body: { greeting: 'Hello, {{$.requestParams.name[0]}}!' }, statusCode: 200 };
    await using server = await serve({ loops: [{ port: 'request', toPort: 'response', configuration }] });
    const answer = await server.get('/hello?name=Ada');
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('application/json');
    expect(await answer.text()).toBe('{"greeting":"Hello, Ada!"}');
  });

  it('passes an integer of a body on digit by digit', async () => {
    const configuration = { body: { order: '{{fromJson($.body)}}' } };
    await using server = await serve({ loops: [{ port: 'request', toPort: 'response', configuration }] });
    const answer = await server.get('/', { method: 'POST', body: '{"id":9007199254740993}' });
    expect(await answer.text()).toBe('{"order":{"id":9007199254740993}}');
  });

  it('sends everything about a request into the flow', async () => {
    await using server = await serve({ wire: ok, start: { context: { flow: 1 } } });
    await server.get('/a%20b/c%2Fd/?x=1&y=2&x=3&__proto__=p', {
      method: 'POST',
      body: '{"n":1}',
      headers: {
        'content-type': 'application/json',
        'x-forwarded-for': '10.1.2.3, 10.0.0.1',
        'x-forwarded-proto': 'https',
      },
    });
    const [message] = server.run.emitted('request') as any[];
    expect(message).toMatchObject({
      context: { flow: 1 },
      method: 'POST',
      path: '/a b/c/d/',
      pathSegments: ['a b', 'c/d'],
      requestURI: '/a%20b/c%2Fd/?x=1&y=2&x=3&__proto__=p',
      host: `127.0.0.1:${server.port}`,
      realIP: '10.1.2.3',
      body: '{"n":1}',
      scheme: 'https',
      podName: expect.any(String),
    });
    expect(Object.entries(message.requestParams)).toEqual([
      ['x', ['1', '3']],
      ['y', ['2']],
      ['__proto__', ['p']],
    ]);
    const names = message.headers.map((header: { key: string }) => header.key);
    expect(names).toEqual([...names].sort());
    expect(message.headers).toContainEqual({ key: 'Content-Type', value: 'application/json' });
  });

  it.each([
    ['a=1&b&=c&&a=2&d=e=f&toString=s', { a: ['1', '2'], b: [''], '': ['c'], d: ['e=f'], toString: ['s'] }],
    ['a=1+2&b%20c=%C3%BC&a=%zz', { a: ['1 2', '%zz'], 'b c': ['ü'] }],
    ['?a=1', { a: ['1'] }],
  ])('reads the query %s as a form writes it', async (query, parameters) => {
    await using server = await serve({ wire: ok });
    await server.get(`/?${query}`);
    const [message] = server.run.emitted('request') as any[];
    expect(message.requestParams).toEqual(parameters);
  });

  it('sends empty lists and texts where a request has nothing', async () => {
    await using server = await serve({ wire: ok });
    await server.get('/');
    expect(server.run.emitted('request')[0]).toMatchObject({
      context: null,
      path: '/',
      pathSegments: [],
      requestParams: {},
      body: '',
      realIP: '127.0.0.1',
      scheme: 'http',
    });
  });

  it('continues the trace of the client, and gives the flow as long as writeTimeout says', async () => {
    await using server = await serve({ wire: ok, start: { writeTimeout: 7 } });
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const first = await server.get('/', { headers: { traceparent: `00-${traceId}-b7ad6b7169203331-01` } });
    const none = `00-${'0'.repeat(32)}-b7ad6b7169203331-01`;
    const second = await server.get('/', { headers: { traceparent: none } });
    const [traced, untraced] = server.run.messages('request');
    expect([traced?.trace?.traceId, traced?.trace?.traceFlags]).toEqual([traceId, 1]);
    expect(untraced?.trace?.traceId).toMatch(/^(?!0{32})[0-9a-f]{32}$/);
    expect([first, second].map(({ headers }) => headers.get('x-trace-id'))).toEqual([
      traceId,
      untraced?.trace?.traceId,
    ]);
    expect((traced?.deadlineMs ?? 0) - Date.now()).toBeLessThanOrEqual(7000);
  });

  it('gives the flow 60 s where nobody says how long', async () => {
    await using server = await serve({ wire: ok });
    const askedMs = Date.now();
    await server.get('/');
    const deadlineMs = server.run.messages('request')[0]?.deadlineMs ?? 0;
    expect(deadlineMs).toBeGreaterThanOrEqual(askedMs + 60_000);
    expect(deadlineMs).toBeLessThanOrEqual(Date.now() + 60_000);
  });

  it('leaves a trace id of the flow’s own answer as it is', async () => {
    const headers = [{ key: 'x-trace-id', value: 'mine' }];
    await using server = await serve({ wire: { request: () => ({ statusCode: 200, headers, body: '' }) } });
    expect((await server.get('/')).headers.get('x-trace-id')).toBe('mine');
  });

  it('tells the trace id also where the flow fails, and none for a request that no flow saw', async () => {
    const broken = () => Promise.reject(new TinyError('Permanent', 'mine.BROKEN', 'broken'));
    await using server = await serve({ wire: { request: broken }, settings: { maxBodyBytes: 1 } });
    const failed = await server.get('/');
    expect([failed.status, failed.headers.get('x-trace-id')]).toEqual([
      500,
      server.run.messages('request')[0]?.trace?.traceId,
    ]);
    const refused = await server.get('/', { method: 'POST', body: 'too long' });
    expect([refused.status, refused.headers.get('x-trace-id')]).toEqual([413, null]);
  });

  it.each([
    ['text', { body: 'hi' }, 200, 'text/plain; charset=utf-8', 'hi'],
    ['a list', { body: [1] }, 200, 'application/json', '[1]'],
    ['a number', { body: 5 }, 200, 'application/json', '5'],
    ['nothing', {}, 200, null, ''],
    ['null', { body: null }, 200, null, ''],
    ['status 0', { statusCode: 0, body: 'x' }, 200, 'text/plain; charset=utf-8', 'x'],
    ['a content type', { contentType: 'text/html', body: '<p>' }, 200, 'text/html', '<p>'],
    [
      'a content type over a header',
      { contentType: 'text/html', headers: [{ key: 'content-type', value: 'a/b' }], body: '' },
      200,
      'text/html',
      '',
    ],
    [
      'a content type as a header',
      { headers: [{ key: 'Content-Type', value: 'a/b' }], body: '' },
      200,
      'a/b',
      '',
    ],
    ['status 204', { statusCode: 204, body: 'dropped' }, 204, 'text/plain; charset=utf-8', ''],
    ['status 404', { statusCode: 404, body: { no: true } }, 404, 'application/json', '{"no":true}'],
  ])('answers with %s', async (_what, answered, ...seen) => {
    await using server = await serve({ wire: { request: () => answered } });
    const answer = await server.get('/');
    expect([answer.status, answer.headers.get('content-type'), await answer.text()]).toEqual(seen);
  });

  it('sends repeated headers one by one', async () => {
    const headers = [
      { key: 'Set-Cookie', value: 'a=1' },
      { key: 'Set-Cookie', value: 'b=2' },
      { key: 'X-Other', value: 'c' },
    ];
    await using server = await serve({ wire: { request: () => ({ headers }) } });
    const answer = await server.get('/');
    expect(answer.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(answer.headers.get('x-other')).toBe('c');
  });

  it('answers HEAD without the body, but with its length', async () => {
    await using server = await serve({ wire: { request: () => ({ body: 'four' }) } });
    const answer = await server.get('/', { method: 'HEAD' });
    expect([await answer.text(), answer.headers.get('content-length')]).toEqual(['', '4']);
  });

  it.each([
    ['a status below 200', { statusCode: 99 }, 'statusCode 99'],
    ['an informational status', { statusCode: 100 }, 'statusCode 100'],
    ['a status above 599', { statusCode: 1000 }, 'statusCode'],
    [
      'a header of the connection',
      { headers: [{ key: 'Transfer-Encoding', value: 'chunked' }] },
      'Transfer-Encoding',
    ],
    ['a header with a line break', { headers: [{ key: 'X-A', value: 'a\r\nX-B: b' }] }, 'X-A'],
    ['an unknown field', { status: 200 }, 'status'],
    ['text', 'ok', 'object'],
  ])('answers 500 when the flow answers with %s', async (_what, answered, named) => {
    await using server = await serve({ wire: { request: () => answered } });
    const answer = await server.get('/');
    expect(answer.status).toBe(500);
    expect(((await answer.json()) as any).error.message).toContain(named);
  });

  it('answers 500 and says which edge is missing when nobody answers', async () => {
    await using server = await serve();
    const answer = await server.get('/');
    expect(answer.status).toBe(500);
    expect(await answer.json()).toEqual({
      error: {
        code: 'REPLY_MISSING',
        message: expect.stringContaining('no edge leads back to port response of node node'),
      },
    });
  });

  it.each([
    ['Overloaded', 429, '1'],
    ['Timeout', 504, null],
    ['Transient', 503, null],
    ['Cancelled', 503, null],
    ['Permanent', 500, null],
  ])('answers a failure of kind %s with %d', async (kind, status, retryAfter) => {
    const failure = new TinyError(kind as any, 'test.FAILED', 'it broke');
    await using server = await serve({ wire: { request: () => Promise.reject(failure) } });
    const answer = await server.get('/');
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([status, retryAfter]);
    expect(await answer.json()).toEqual({ error: { code: 'test.FAILED', message: 'it broke' } });
  });

  it('answers 504 when the flow does not answer in time', async () => {
    await using server = await serve({
      start: { writeTimeout: 0.05 },
      wire: { request: () => new Promise(() => undefined) },
    });
    const answer = await server.get('/');
    expect(answer.status).toBe(504);
    expect(((await answer.json()) as any).error.code).toBe('DEADLINE_EXCEEDED');
  });

  it('ends the chain when the client goes away', async () => {
    const signals: AbortSignal[] = [];
    const wire = {
      request: (_data: unknown, _message: unknown, signal: AbortSignal) => (
        signals.push(signal),
        new Promise<undefined>(() => undefined)
      ),
    };
    await using server = await serve({ wire });
    const leave = new AbortController();
    const left = expect(server.get('/', { signal: leave.signal })).rejects.toThrow();
    await eventually(() => signals.length === 1);
    leave.abort();
    await left;
    await eventually(() => expect(signals[0]?.reason).toMatchObject({ kind: 'Cancelled' }));
  });
});

describe('the request body of http_server', () => {
  const limited = { settings: { maxBodyBytes: 10 }, wire: ok };

  it('may be as large as the limit', async () => {
    await using server = await serve(limited);
    expect((await server.get('/', { method: 'POST', body: 'x'.repeat(10) })).status).toBe(200);
  });

  it('is refused with 413 above the limit, declared or not, and reaches no flow', async () => {
    await using server = await serve(limited);
    const declared = await server.get('/', { method: 'POST', body: 'x'.repeat(11) });
    expect([declared.status, ((await declared.json()) as any).error.code]).toEqual([
      413,
      'http-module.BODY_TOO_LARGE',
    ]);
    const body = new ReadableStream({ start: (sink) => (sink.enqueue(new Uint8Array(11)), sink.close()) });
    const streamed = await server.get('/', { method: 'POST', body, duplex: 'half' });
    expect(streamed.status).toBe(413);
    expect(server.run.emitted('request')).toEqual([]);
  });

  it('is refused with 400 when it is no text', async () => {
    await using server = await serve({ wire: ok });
    expect((await server.get('/', { method: 'POST', body: new Uint8Array([0xff, 0xfe]) })).status).toBe(400);
  });

  it('is read in the charset it names, and refused with 415 when nobody knows that', async () => {
    await using server = await serve({ wire: ok });
    const post = (charset: string) =>
      server.get('/', {
        method: 'POST',
        body: new Uint8Array([0xe9]),
        headers: { 'content-type': `text/plain; charset=${charset}` },
      });
    expect((await post('iso-8859-1')).status).toBe(200);
    expect(server.run.emitted('request')[0]).toMatchObject({ body: 'é' });
    expect((await post('klingon')).status).toBe(415);
  });

  it('is refused with 415 when it is compressed', async () => {
    await using server = await serve({ wire: ok });
    expect(
      (await server.get('/', { method: 'POST', body: 'x', headers: { 'content-encoding': 'gzip' } })).status,
    ).toBe(415);
  });

  it('starts no flow when the upload breaks off', async () => {
    await using server = await serve({ wire: ok });
    await new Promise<void>((resolve) => {
      const upload = rawRequest({
        port: server.port,
        host: '127.0.0.1',
        method: 'POST',
        headers: { 'content-length': 100 },
      });
      upload.on('error', () => resolve());
      upload.write('x');
      upload.flushHeaders();
      setImmediate(() => upload.destroy(new Error('gone')));
    });
    await server.get('/after');
    expect(server.run.emitted('request')).toMatchObject([{ path: '/after' }]);
  });

  it('is answered with 400 when it is no HTTP', async () => {
    await using server = await serve({ wire: ok });
    const text = await new Promise<string>((resolve) => {
      const socket = connect(server.port, '127.0.0.1', () =>
        socket.write('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n'),
      );
      socket.on('data', (data) => resolve(String(data)));
    });
    expect(text).toMatch(/^HTTP\/1.1 400/);
  });

  it('and a path with a broken escape are refused with 400', async () => {
    await using server = await serve({ wire: ok });
    expect((await server.get('/%zz')).status).toBe(400);
  });
});
