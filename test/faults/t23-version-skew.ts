import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { type Json, type Message, TinyError, systemClock } from '@tinysystems/core';
import { Frame, MessageRequest, MessageResponse } from '@tinysystems/proto';
import { AddressBook, ClientPool, ModuleServer } from '@tinysystems/transport';
import { eventually } from '@tinysystems/testing';
import type { Fault, Scale } from './fault.ts';
import { type Fields, decode, encode } from './wire-schema.ts';
import { OtherClient, OtherServer } from './wire-peer.ts';
import { FROM_THE_FUTURE, FUTURE, PAST, PRESENT, type WireVersion } from './wire-versions.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const STOP_GRACE_MS = 500;
const KINDS = ['Transient', 'Permanent', 'Cancelled', 'Timeout', 'Overloaded'] as const;

export const versionSkew: Fault = {
  id: 'T23',
  title: 'modules of an earlier and of a later version of the wire work side by side with those of this one',
  target:
    'each calls the other: every call is answered or fails with its kind; what one does not know is skipped; recorded bytes are read and written as ever',
  async run(scale) {
    const recordings = await demandRecordings();
    await demandCompatibleProto();
    let calls = 0;
    for (const version of [PAST, PRESENT, FUTURE]) {
      calls += await callOthers(scale, version);
      calls += await answerOthers(scale, version);
    }
    calls += await callWithoutStreams(scale);
    const sideBySide = await replaceOneByOne(scale);
    return { recordings, versions: 3, calls, sideBySide };
  },
};

/** What was written to the wire at 0.1.0, and what it says. */
interface Recording {
  readonly message: 'Frame' | 'MessageRequest' | 'MessageResponse';
  readonly says: Fields;
  readonly hex: string;
}

const CODECS = { Frame, MessageRequest, MessageResponse };
const SCHEMAS: Readonly<Record<Recording['message'], keyof Omit<WireVersion, 'name'>>> = {
  Frame: 'frame',
  MessageRequest: 'request',
  MessageResponse: 'response',
};

/** The same is written for the same, byte for byte; the same is read, also from what a later version adds to it. */
async function demandRecordings(): Promise<number> {
  const file = join(import.meta.dirname, 'wire-0.1.0.json');
  const recordings = JSON.parse(await readFile(file, 'utf8')) as readonly Recording[];
  for (const { message, says, hex } of recordings) {
    const codec = CODECS[message];
    const schema = PRESENT[SCHEMAS[message]];
    const bytes = Buffer.from(hex, 'hex');
    const read = codec.decode(bytes);
    assert.partialDeepStrictEqual(plain(read), says, `${message} read`); // fields since then have their defaults
    assert.equal(
      Buffer.from(codec.encode(read as never).finish()).toString('hex'),
      hex,
      `${message} written`,
    );
    assert.equal(encode(decode(bytes, schema), schema).toString('hex'), hex, `${message} by the table`);
    const later = encode({ ...decode(bytes, schema), ...additions(message) }, FUTURE[SCHEMAS[message]]);
    assert.ok(later.length > bytes.length);
    assert.partialDeepStrictEqual(plain(codec.decode(later)), says, `${message} of a later version`);
  }
  return recordings.length;
}

function additions(message: Recording['message']): Fields {
  return message === 'Frame' ? FROM_THE_FUTURE : { Tenant: 'x', Cost: 4 };
}

/** buf knows every rule of what a change to a wire format may not do. */
async function demandCompatibleProto(): Promise<void> {
  const frozen = join(import.meta.dirname, 'wire-0.1.0');
  await promisify(execFile)(join(ROOT, 'node_modules/.bin/buf'), ['breaking', 'proto', '--against', frozen], {
    cwd: ROOT,
  });
}

/** This version calls a server of another one. */
async function callOthers(scale: Scale, version: WireVersion): Promise<number> {
  await using server = await OtherServer.start(version);
  await using pool = poolOf([server.endpoint]);
  const calls = await demandAnswers(scale, pool);
  assert.equal(server.calls, calls, 'calls that the other version was sent');
  await assert.rejects(call(pool, { fail: 'Throttled' }), isError('Permanent')); // a kind that nobody knows yet
  server.hangUp();
  // What is written before this side hears of it has failed, and says so.
  for (const ended of await Promise.allSettled(numbers(scale).map((n) => call(pool, { n }))))
    if (ended.status === 'rejected') isError('Transient', 'MODULE_UNREACHABLE')(ended.reason);
  await demandAnswers(scale, pool);
  return 2 * calls + numbers(scale).length + 1;
}

/** From before there were streams. */
async function callWithoutStreams(scale: Scale): Promise<number> {
  await using server = await OtherServer.start(PAST, false);
  await using pool = poolOf([server.endpoint]);
  const answers = await Promise.all(numbers(scale).map((n) => call(pool, { n })));
  assert.deepEqual(plain(answers), plain(numbers(scale).map((n) => ({ n }))));
  await assert.rejects(call(pool, { fail: 'any' }), isError('Overloaded', 'QUEUE_FULL'));
  return answers.length + 1;
}

async function demandAnswers(scale: Scale, pool: ClientPool): Promise<number> {
  const answers = await Promise.all(numbers(scale).map((n) => call(pool, { n })));
  assert.deepEqual(plain(answers), plain(numbers(scale).map((n) => ({ n }))));
  for (const kind of KINDS) await assert.rejects(call(pool, { fail: kind }), isError(kind, 'test.SAD'));
  return answers.length + KINDS.length;
}

/** A client of another version calls a server of this one, on its stream and singly, until that stops. */
async function answerOthers(scale: Scale, version: WireVersion): Promise<number> {
  const server = await startServer();
  await using client = await OtherClient.connect(version, server.port);
  const answers = await Promise.all(numbers(scale).map((n) => client.call('echo', { n })));
  for (const [index, n] of numbers(scale).entries())
    assert.equal(String(answers[index]?.['data']), JSON.stringify({ n }));
  for (const kind of KINDS) {
    const failure = await client.call('echo', { fail: kind });
    assert.deepEqual([failure?.['kind'], failure?.['code']], [kind, 'test.SAD']);
  }
  const single = await client.callOnce('echo', { n: 1 });
  assert.equal(String(single['Data']), '{"n":1}');
  const hanging = client.call('hangs', {});
  await eventually(() => server.hangs > 0, { timeoutMs: 10_000 });
  const stopped = server.stop();
  if (version === PAST) {
    // It does not know that the server stops, and goes on: that is refused, and the server still ends.
    const late = await client.call('echo', { n: 1 });
    assert.deepEqual([late?.['kind'], late?.['code']], ['Transient', 'MODULE_UNREACHABLE']);
  } else await eventually(() => client.isToldToStop, { timeoutMs: 10_000 });
  assert.equal(
    (await hanging)?.['kind'],
    'Transient',
    'what was in work when the time of the server was over',
  );
  await Promise.all([stopped, client.ended]);
  return answers.length + KINDS.length + 3;
}

/** Replicas of one module, of two versions: one after the other goes, and calls go on. */
async function replaceOneByOne(scale: Scale): Promise<number> {
  const past = await OtherServer.start(PAST);
  await using future = await OtherServer.start(FUTURE);
  const present = await startServer();
  const presentEndpoint = { pod: 'present', addr: `127.0.0.1:${present.port}` };
  const book = new AddressBook();
  book.set('other', [past.endpoint, presentEndpoint, future.endpoint]);
  await using pool = new ClientPool({ book, clock: systemClock });
  const burst = async () => {
    const answers = await Promise.all(numbers(scale).map((n) => call(pool, { n })));
    assert.equal(answers.length, numbers(scale).length);
    return answers.length;
  };
  let calls = await burst();
  assert.ok(past.calls > 0 && future.calls > 0 && present.calls > 0, 'each version has its share');
  book.set('other', [presentEndpoint, future.endpoint]);
  calls += await burst();
  await past[Symbol.asyncDispose]();
  calls += await burst();
  book.set('other', [future.endpoint]);
  calls += (await Promise.all([burst(), present.stop()]))[0];
  return calls;
}

function numbers(scale: Scale): readonly number[] {
  return Array.from({ length: scale.of(200, 4_000) }, (_, n) => n);
}

function poolOf(endpoints: readonly { readonly pod: string; readonly addr: string }[]): ClientPool {
  const book = new AddressBook();
  book.set('other', endpoints);
  return new ClientPool({ book, clock: systemClock });
}

function call(pool: ClientPool, data: Json): Promise<Json | undefined> {
  const message: Message = {
    from: { node: 'a', port: 'out' },
    to: { node: 'echo', port: 'in' },
    edgeId: 'e',
    data,
    depth: 2,
    deadlineMs: systemClock.now() + 30_000,
    trace: { traceId: 'c'.repeat(32), spanId: 'd'.repeat(16), traceFlags: 1 },
    passed: { node: 'a', before: undefined },
  };
  return pool.deliver('other', message, new AbortController().signal);
}

/** A server of this version that answers as {@link OtherServer} does, and hangs where it is told to. */
async function startServer() {
  const seen = { calls: 0, hangs: 0 };
  const server = new ModuleServer({
    address: '127.0.0.1:0',
    deliver: ({ to, data }) => {
      seen.calls += 1;
      if (to.node === 'hangs') {
        seen.hangs += 1;
        return new Promise(() => undefined);
      }
      const { fail } = data as { readonly fail?: TinyError['kind'] };
      if (fail === undefined) return Promise.resolve(data);
      return Promise.reject(new TinyError(fail, 'test.SAD', `it is ${fail}`));
    },
    authorise: () => Promise.resolve(),
    clock: systemClock,
  });
  await server.listen();
  return {
    port: server.port,
    stop: () => server.stop(STOP_GRACE_MS),
    get calls() {
      return seen.calls;
    },
    get hangs() {
      return seen.hangs;
    },
  };
}

function isError(kind: string, code?: string) {
  return (error: unknown) => {
    assert.ok(TinyError.is(error), String(error));
    assert.equal(error.kind, kind);
    if (code !== undefined) assert.equal(error.code, code);
    return true;
  };
}

/** As JSON has it; bytes as their text. */
function plain(value: unknown): unknown {
  const text = JSON.stringify(
    value,
    (_key, part: { readonly type?: string; readonly data?: number[] } | null) =>
      part?.type === 'Buffer' ? Buffer.from(part.data ?? []).toString() : part,
  );
  return JSON.parse(text);
}
