import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { connect } from 'node:http2';
import { components as httpComponents } from '@tinysystems/http-module';
import { TestCluster, eventually } from '@tinysystems/testing';
import { EchoCaller, EchoProcess } from './echo.ts';
import type { Fault, Measures, Scale } from './fault.ts';
import { percentile } from './replicas.ts';
import { OtherClient } from './wire-peer.ts';
import { PRESENT } from './wire-versions.ts';

const MIB = 1024 * 1024;
const LIMIT = 4 * MIB;
const HUGE = 64 * MIB;
const REJECTED_MS = 10;
/** On a machine that other suites share. */
const SHORT_REJECTED_MS = 2_000;

/** Payloads that no module may take: name, text, and the code it is refused with. */
const PAYLOADS: readonly (readonly [name: string, text: string, code: string])[] = [
  ['oneByteMore', `"${'x'.repeat(LIMIT - 1)}"`, 'MESSAGE_TOO_LARGE'],
  ['nested100k', `${'['.repeat(100_000)}${']'.repeat(100_000)}`, 'MESSAGE_INVALID'],
  ['objects100k', `${'{"a":'.repeat(100_000)}0${'}'.repeat(100_000)}`, 'MESSAGE_INVALID'],
];

export const oversize: Fault = {
  id: 'T19',
  title: 'a client sends one byte more than the limit, 64 MiB, 100,000 levels of nesting, and a million keys',
  target:
    'refused with a typed error, where possible before it was read: within 10 ms and less than twice its size of memory; other calls go on',
  async run(scale) {
    const wire = await overWire(scale);
    const http = await overHttp(scale);
    return { ...wire, ...http };
  },
};

async function overWire(scale: Scale): Promise<Measures> {
  await using echo = await EchoProcess.start();
  await using others = new EchoCaller([`127.0.0.1:${echo.port}`]);
  await using client = await OtherClient.connect(PRESENT, echo.port);
  const measures: Record<string, number> = {};
  const rounds = scale.of(2, 50);
  await others.calls(100, 8);
  const beforeMiB = await peakMiB(echo.pid);
  for (const [name, text, code] of PAYLOADS) {
    const tookMs: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      await others.calls(4, 4);
      const startedMs = performance.now();
      const failure = await client.send('echo', text);
      tookMs.push(performance.now() - startedMs);
      assert.deepEqual([failure?.['kind'], failure?.['code']], ['Permanent', code], name);
    }
    measures[`${name}P50Ms`] = percentile(tookMs, 0.5);
  }
  // A million keys are more than 4 MiB: who sends as we do does not even begin.
  const keys = Object.fromEntries(Array.from({ length: 1_000_000 }, (_, n) => [`k${n}`, n]));
  const refused = await others.call({ text: keys as unknown as string });
  assert.deepEqual([refused.error?.kind, refused.error?.code], ['Permanent', 'MESSAGE_TOO_LARGE']);
  const hugeMs: number[] = [];
  for (let round = 0; round < rounds; round += 1) hugeMs.push(await announceHuge(echo.port));
  const limitMs = scale.of(SHORT_REJECTED_MS, REJECTED_MS);
  for (const [name, ms] of [...Object.entries(measures), ['huge', percentile(hugeMs, 0.5)] as const])
    // 4 MiB have to arrive first.
    assert.ok(ms < (name.startsWith('oneByte') ? 10 * limitMs : limitMs), `${name}: ${ms} ms`);
  const grewMiB = (await peakMiB(echo.pid)) - beforeMiB;
  assert.ok(grewMiB < (2 * HUGE) / MIB, `its memory grew by ${grewMiB} MiB`);
  assert.equal(
    others.outcomes.filter(({ error }) => error !== undefined && error !== refused.error).length,
    0,
  );
  return { ...measures, announced64MiBP50Ms: percentile(hugeMs, 0.5), grewMiB };
}

/** A gRPC message that says it has 64 MiB: refused when its first bytes are there. @returns after how long, milliseconds. */
function announceHuge(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const session = connect(`http://127.0.0.1:${port}`);
    session.on('error', reject);
    session.once('remoteSettings', () => {
      const startedMs = performance.now();
      const stream = session.request({
        ':method': 'POST',
        ':path': '/module.ModuleService/Message',
        'content-type': 'application/grpc',
        te: 'trailers',
      });
      const prefix = Buffer.alloc(5);
      prefix.writeUInt32BE(HUGE, 1);
      stream.write(Buffer.concat([prefix, Buffer.alloc(1024)]));
      const onStatus = (headers: Readonly<Record<string, unknown>>) => {
        if (headers['grpc-status'] === undefined) return;
        session.destroy();
        if (Number(headers['grpc-status']) === 8) resolve(performance.now() - startedMs);
        else reject(new Error(`gRPC status ${JSON.stringify(headers['grpc-status'])}`));
      };
      stream.on('response', onStatus);
      stream.on('trailers', onStatus);
      stream.on('error', () => undefined);
      stream.resume();
    });
  });
}

async function overHttp(scale: Scale): Promise<Measures> {
  await using cluster = await TestCluster.start();
  await cluster.startModule('http-module', httpComponents);
  const answer = { statusCode: 200, body: '{{$.path}}' };
  const edge = { id: 'answer', port: 'request', to: 'server', toPort: 'response', configuration: answer };
  await cluster.createNode('server', {
    module: 'http-module',
    component: 'http_server',
    settings: { start: { port: 0 } },
    edges: [edge],
  });
  await cluster.ready('server');
  const port = await eventually(
    async () => Number((await cluster.nodes.get('server')).status?.metadata?.['port']) || false,
  );
  const saidMs: number[] = [];
  for (let round = 0; round < scale.of(2, 50); round += 1) {
    const said = await post(port, { 'content-length': String(LIMIT + 1) }, 0);
    assert.equal(said.status, 413);
    saidMs.push(said.tookMs);
  }
  const said64 = await post(port, { 'content-length': String(HUGE) }, 0);
  const chunked = await post(port, { 'transfer-encoding': 'chunked' }, HUGE);
  const fits = await post(port, {}, LIMIT);
  assert.deepEqual([said64.status, chunked.status, fits.status], [413, 413, 200]);
  const deep = await fetch(`http://127.0.0.1:${port}/deep`, { method: 'POST', body: '['.repeat(100_000) });
  assert.equal(deep.status, 200, 'a body is text until somebody reads it');
  const httpP50Ms = percentile(saidMs, 0.5);
  assert.ok(httpP50Ms < scale.of(SHORT_REJECTED_MS, REJECTED_MS), `HTTP said 413 after ${httpP50Ms} ms`);
  return { httpP50Ms, http64MiBMs: Math.round(said64.tookMs), httpChunkedMs: Math.round(chunked.tookMs) };
}

/** Sends headers, and as much of a body as the server takes. */
function post(
  port: number,
  headers: Readonly<Record<string, string>>,
  bytes: number,
): Promise<{ status: number | undefined; tookMs: number }> {
  const startedMs = performance.now();
  return new Promise((resolve, reject) => {
    const sent = request(
      { host: '127.0.0.1', port, path: '/x', method: 'POST', headers, agent: false },
      (response) => {
        const { statusCode: status } = response;
        response.resume();
        resolve({ status, tookMs: performance.now() - startedMs });
        sent.on('error', () => undefined);
        if (bytes === 0) sent.destroy();
      },
    );
    sent.on('error', reject);
    sent.flushHeaders();
    for (let left = bytes; left > 0; left -= MIB) sent.write(Buffer.alloc(Math.min(MIB, left), 'x'));
    if (bytes > 0) sent.end();
  });
}

/** The most memory that a process ever had, MiB. */
async function peakMiB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024);
}
