import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import tls from 'node:tls';
import { parseTraceparent } from '@tinysystems/sdk';
import { eventually, runComponent } from '@tinysystems/testing';
import { httpRequest } from '../src/components/http-request.ts';
import { LOCALHOST_CERTIFICATE, LOCALHOST_KEY } from './localhost-certificate.ts';

type Handler = (request: IncomingMessage, response: ServerResponse, body: string) => void;

/** A foreign HTTP server on loopback. */
async function foreign(handler: Handler) {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => handler(request, response, Buffer.concat(chunks).toString()));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Answers with what it was asked. */
const echo: Handler = (request, response, body) => {
  response.setHeader('x-echo', ['b', 'a']);
  response.end(JSON.stringify({ method: request.method, url: request.url, headers: request.headers, body }));
};

const wire = { response: (data: any) => data.response };

describe('http_request', () => {
  it('sends the answer on with the context, and answers with what comes back', async () => {
    await using server = await foreign(echo);
    await using run = await runComponent(httpRequest, { wire: { response: () => 'done' } });
    expect(await run.send('request', { url: `${server.url}/a?b=c`, context: { n: 1 } })).toBe('done');
    const [message] = run.emitted('response') as any[];
    expect(message).toMatchObject({ context: { n: 1 }, response: { status: '200 OK', statusCode: 200 } });
    expect(message.response).not.toHaveProperty('tls');
    expect(JSON.parse(message.response.body)).toMatchObject({ method: 'GET', url: '/a?b=c' });
    const keys = message.response.headers.map((header: { key: string }) => header.key);
    expect(keys).toEqual([...keys].sort());
    expect(message.response.headers).toEqual(
      expect.arrayContaining([
        { key: 'X-Echo', value: 'b' },
        { key: 'X-Echo', value: 'a' },
      ]),
    );
  });

  // Each row changes what goes over the wire.
  it.each([
    ['the method', { method: 'DELETE' }, { method: 'DELETE' }],
    [
      'a text body',
      { method: 'POST', body: 'hi' },
      { body: 'hi', headers: { 'content-type': 'application/json' } },
    ],
    ['a JSON body', { method: 'PUT', body: { a: 1 } }, { method: 'PUT', body: '{"a":1}' }],
    [
      'the content type',
      { method: 'POST', body: 'x', contentType: 'text/xml' },
      { headers: { 'content-type': 'text/xml' } },
    ],
    ['a header', { headers: [{ key: 'X-Mine', value: '1' }] }, { headers: { 'x-mine': '1' } }],
    [
      'a repeated header',
      {
        headers: [
          { key: 'X-Mine', value: '1' },
          { key: 'X-Mine', value: '2' },
        ],
      },
      { headers: { 'x-mine': '1, 2' } },
    ],
    ['the bearer token', { bearerToken: 't' }, { headers: { authorization: 'Bearer t' } }],
    [
      'user and password',
      { basicAuthUser: 'u', basicAuthPassword: 'p:q' },
      { headers: { authorization: 'Basic dTpwOnE=' } },
    ],
    [
      'the token over the user',
      { bearerToken: 't', basicAuthUser: 'u' },
      { headers: { authorization: 'Bearer t' } },
    ],
    [
      'an explicit header over the token',
      { bearerToken: 't', headers: [{ key: 'authorization', value: 'X' }] },
      { headers: { authorization: 'X' } },
    ],
    [
      'a traceparent of its own',
      { headers: [{ key: 'Traceparent', value: 'x' }] },
      { headers: { traceparent: 'x' } },
    ],
  ])('sends %s', async (_what, message, seen) => {
    await using server = await foreign(echo);
    await using run = await runComponent(httpRequest, { wire });
    const { body } = (await run.send('request', { url: server.url, ...message })) as any;
    expect(JSON.parse(body)).toMatchObject(seen);
  });

  it('tells the server which trace the call belongs to', async () => {
    await using server = await foreign(echo);
    await using run = await runComponent(httpRequest, { wire });
    const { body } = (await run.send('request', { url: server.url })) as any;
    const trace = parseTraceparent(JSON.parse(body).headers.traceparent);
    expect(trace?.traceId).toBe(run.messages('response')[0]?.trace?.traceId);
  });

  it.each([
    ['goes along with a message that brings none', {}, 'Bearer sesame'],
    ['gives way to a token of the message', { bearerToken: 't' }, 'Bearer t'],
    ['gives way to a user of the message', { basicAuthUser: 'u' }, 'Basic dTo='],
    ['gives way to a header of the message', { headers: [{ key: 'Authorization', value: 'X' }] }, 'X'],
  ])('a token that the settings refer to %s', async (_what, message, authorization) => {
    await using server = await foreign(echo);
    const settings = { bearerToken: { secretKeyRef: { name: 'api', key: 'token' } } };
    await using run = await runComponent(httpRequest, {
      wire,
      settings,
      secrets: { api: { token: 'sesame' } },
    });
    const { body } = (await run.send('request', { url: server.url, ...message })) as any;
    expect(JSON.parse(body)).toMatchObject({ headers: { authorization } });
    expect(JSON.stringify(run.report)).not.toContain('sesame');
  });

  it('follows redirects, but takes no credential to another origin', async () => {
    await using other = await foreign(echo);
    await using server = await foreign((request, response) =>
      response.writeHead(302, { location: request.url === '/' ? '/next' : `${other.url}/there` }).end(),
    );
    await using run = await runComponent(httpRequest, { wire });
    const { body } = (await run.send('request', { url: server.url, bearerToken: 'sesame' })) as any;
    expect(JSON.parse(body).url).toBe('/there');
    expect(JSON.parse(body).headers).not.toHaveProperty('authorization');
  });

  it('follows ten redirects and no more', async () => {
    await using server = await foreign((request, response) => {
      const left = Number(request.url?.slice(1));
      if (left === 0) response.end('there');
      else response.writeHead(302, { location: `/${left - 1}` }).end();
    });
    await using run = await runComponent(httpRequest, { wire });
    expect(await run.send('request', { url: `${server.url}/10` })).toMatchObject({ body: 'there' });
    await expect(run.send('request', { url: `${server.url}/11` })).rejects.toMatchObject({
      kind: 'Permanent',
    });
  });

  it.each([
    [404, 'Permanent', undefined],
    [400, 'Permanent', undefined],
    [429, 'Transient', 3000],
    [503, 'Transient', 3000],
  ])('fails with status %d as %s', async (statusCode, kind, retryAfterMs) => {
    await using server = await foreign((_request, response) =>
      response.writeHead(statusCode, { 'retry-after': '3' }).end('because'),
    );
    await using run = await runComponent(httpRequest, { wire });
    const failed = run.send('request', { url: `${server.url}/x?key=sesame` });
    await expect(failed).rejects.toMatchObject({ kind, retryAfterMs, code: 'http-module.STATUS_FAILED' });
    await expect(failed).rejects.toThrow(
      new RegExp(`^GET ${server.url}/x answered ${statusCode} .*: because$`),
    );
    expect(run.emitted('response')).toEqual([]);
  });

  it('says the status when a failed answer is empty', async () => {
    await using server = await foreign((_request, response) => response.writeHead(404).end());
    await using run = await runComponent(httpRequest);
    await expect(run.send('request', { url: server.url })).rejects.toThrow(/answered 404 Not Found$/);
  });

  it('shows no credential that a failed answer repeats', async () => {
    await using server = await foreign((request, response) =>
      response.writeHead(401).end(`no: ${request.headers.authorization}`),
    );
    await using run = await runComponent(httpRequest);
    const failed = run.send('request', { url: server.url, bearerToken: 'sesame' });
    await expect(failed).rejects.toThrow('no: Bearer ••••••');
    await expect(failed).rejects.not.toThrow('sesame');
    const user = { basicAuthUser: 'u', basicAuthPassword: 'open' };
    await expect(run.send('request', { url: server.url, ...user })).rejects.toThrow('no: Basic ••••••');
  });

  it('fails as Transient when nobody listens', async () => {
    const gone = await foreign(echo);
    await gone[Symbol.asyncDispose]();
    await using run = await runComponent(httpRequest);
    const failed = { kind: 'Transient', code: 'http-module.NETWORK_FAILED' };
    await expect(run.send('request', { url: gone.url })).rejects.toMatchObject(failed);
  });

  it('fails as Transient when the answer breaks off', async () => {
    await using server = await foreign((_request, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('x', () => response.destroy());
    });
    await using run = await runComponent(httpRequest);
    await expect(run.send('request', { url: server.url })).rejects.toMatchObject({ kind: 'Transient' });
  });

  it('gives the call its timeout, and none of it to what comes after', async () => {
    await using slow = await foreign(() => undefined);
    await using server = await foreign(echo);
    let letGo: (value: string) => void = () => undefined;
    const slowWire = { response: () => new Promise<string>((resolve) => (letGo = resolve)) };
    await using run = await runComponent(httpRequest, { wire: slowWire });
    const failed = { kind: 'Transient', code: 'http-module.CALL_TIMED_OUT' };
    const patient = run.send('request', { url: server.url, timeout: 0.3 });
    await expect(run.send('request', { url: slow.url, timeout: 0.5 })).rejects.toMatchObject(failed);
    letGo('late');
    expect(await patient).toBe('late');
  });

  it('ends the call when its sender gives up', async () => {
    let end: () => void = () => undefined;
    const ended = new Promise<void>((resolve) => (end = resolve));
    const leave = new AbortController();
    await using server = await foreign((request) => {
      request.socket.once('close', end);
      leave.abort();
    });
    await using run = await runComponent(httpRequest);
    await expect(run.send('request', { url: server.url }, { signal: leave.signal })).rejects.toMatchObject({
      kind: 'Cancelled',
    });
    await ended;
  });

  it('takes an answer as large as the limit, and refuses a larger one', async () => {
    await using server = await foreign((request, response) =>
      response.end('x'.repeat(Number(request.url?.slice(1)))),
    );
    await using run = await runComponent(httpRequest, { settings: { maxResponseBytes: 10 }, wire });
    expect(await run.send('request', { url: `${server.url}/10` })).toMatchObject({ body: 'x'.repeat(10) });
    const failed = { kind: 'Permanent', code: 'http-module.RESPONSE_TOO_LARGE' };
    await expect(run.send('request', { url: `${server.url}/11` })).rejects.toMatchObject(failed);
  });

  it('charges the body of an answer to the budget of the module until the flow has gone on with it', async () => {
    await using server = await foreign((_request, response) => response.end('x'.repeat(10_000)));
    let goOn: () => void = () => undefined;
    const response = () => new Promise<string>((resolve) => (goOn = () => resolve('done')));
    const options = { wire: { response }, maxInFlightBytes: 15_000 };
    await using run = await runComponent(httpRequest, options);
    const first = run.send('request', { url: server.url });
    await eventually(() => run.emitted('response').length === 1);
    expect(run.inFlightBytes).toBe(10_000);
    const second = run.send('request', { url: server.url });
    await expect(second).rejects.toMatchObject({ kind: 'Overloaded', code: 'QUEUE_FULL' });
    goOn();
    await expect(first).resolves.toBe('done');
    expect(run.inFlightBytes).toBe(0);
  });

  it.each([['ftp://example.org/'], ['file:///etc/passwd']])('refuses to call %s', async (url) => {
    await using run = await runComponent(httpRequest);
    await expect(run.send('request', { url })).rejects.toMatchObject({
      kind: 'Permanent',
      code: 'http-module.CALL_INVALID',
    });
  });

  it('emits failures on the error port when it is enabled', async () => {
    await using server = await foreign((_request, response) => response.writeHead(503).end('busy'));
    await using run = await runComponent(httpRequest, {
      settings: { enableErrorPort: true },
      wire: { error: () => 'handled' },
    });
    expect(await run.send('request', { url: server.url, context: 7 })).toBe('handled');
    expect(run.emitted('error')).toEqual([
      { context: 7, error: expect.stringContaining('busy'), retryable: true },
    ]);
  });

  it('tells about the certificate of an HTTPS server', async () => {
    tls.setDefaultCACertificates([LOCALHOST_CERTIFICATE]);
    const server = createTlsServer(
      { cert: LOCALHOST_CERTIFICATE, key: LOCALHOST_KEY },
      (_request, response) => response.end('safe'),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    await using run = await runComponent(httpRequest, { wire });
    const url = `https://localhost:${(server.address() as AddressInfo).port}/`;
    for (const body of ['safe', 'safe']) {
      expect(await run.send('request', { url })).toMatchObject({
        body,
        tls: {
          subject: 'CN=localhost,O=Test',
          issuer: 'CN=localhost,O=Test',
          dnsNames: ['localhost', 'example.test'],
        },
      });
    }
    const { daysUntilExpiry } = ((await run.send('request', { url })) as any).tls;
    expect(daysUntilExpiry).toBeGreaterThan(10_000);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
});
