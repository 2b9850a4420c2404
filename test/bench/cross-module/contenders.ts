import { Client, credentials } from '@grpc/grpc-js';
import { runChain, systemClock } from '@tinysystems/core';
import { AddressBook, type CertificateFiles, ClientPool } from '@tinysystems/transport';
import { BARE_SERVICE } from './bare-service.ts';

/** Makes one call after the other; many may be on their way. */
export interface Contender extends AsyncDisposable {
  call(): Promise<unknown>;
}

/** Ours: each call in a chain of its own, over the stream between two modules. */
export function moduleCalls(port: number, bytes: number, certificates?: CertificateFiles): Contender {
  const book = new AddressBook();
  book.set('receiver', [{ pod: 'receiver-0', addr: `127.0.0.1:${port}` }]);
  const pool = new ClientPool({ book, clock: systemClock, certificates });
  const data = { text: 'x'.repeat(bytes) };
  const trace = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 0 };
  const call = () => {
    const deadlineMs = systemClock.now() + 60_000;
    const chain = { clock: systemClock, deadlineMs, parents: [], what: 'the benchmark' };
    return runChain(chain, (signal) =>
      pool.deliver(
        'receiver',
        {
          from: { node: 'sender', port: 'out' },
          to: { node: 'target', port: 'in' },
          edgeId: 'to-target',
          data,
          depth: 1,
          deadlineMs,
          trace,
          passed: { node: 'sender', before: undefined },
        },
        signal,
      ),
    );
  };
  return { call, [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose]() };
}

const BARE_OPTIONS = { 'grpc.enable_channelz': 0, 'grpc.enable_retries': 0 };

/** Single gRPC calls of raw bytes, without TLS. */
export function unaryCalls(port: number, bytes: number): Contender {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), BARE_OPTIONS);
  const { path, requestSerialize, responseDeserialize } = BARE_SERVICE.unary;
  const message = Buffer.alloc(bytes, 'x');
  const call = () =>
    new Promise((resolve, reject) =>
      client.makeUnaryRequest(path, requestSerialize, responseDeserialize, message, (error, reply) =>
        error === null ? resolve(reply) : reject(error),
      ),
    );
  return { call, [Symbol.asyncDispose]: async () => client.close() };
}

/** One gRPC stream of raw bytes without TLS, a message for each call. */
export function streamCalls(port: number, bytes: number): Contender {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), BARE_OPTIONS);
  const { path, requestSerialize, responseDeserialize } = BARE_SERVICE.stream;
  const stream = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize);
  const waiting = new Map<number, (reply: Buffer) => void>();
  stream.on('data', (reply: Buffer) => {
    const id = reply.readUInt32BE(0);
    waiting.get(id)?.(reply);
    waiting.delete(id);
  });
  stream.on('error', () => undefined); // the cancellation at the end
  let lastId = 0;
  const call = () =>
    new Promise((resolve) => {
      const message = Buffer.alloc(bytes, 'x');
      lastId = (lastId + 1) >>> 0;
      message.writeUInt32BE(lastId, 0);
      waiting.set(lastId, resolve);
      stream.write(message);
    });
  const stop = async () => {
    stream.cancel();
    client.close();
  };
  return { call, [Symbol.asyncDispose]: stop };
}
