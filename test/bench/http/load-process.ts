// Sends requests over a fixed number of connections, one after the other on each, for as long as it is told. A client of
// few lines, because it shares two cores with what it measures: an answer is known by its length.
import { type Socket, connect } from 'node:net';
import type { LoadOptions, LoadResult } from './load.ts';

const STATUS_OK = Buffer.from('HTTP/1.1 200');

process.on('message', (options: LoadOptions) => {
  run(options).then(
    (result) => process.send?.(result),
    (error: unknown) => process.send?.({ problem: String(error) }),
  );
});
process.on('disconnect', () => process.exit());

async function run({ url, connections, durationMs, body }: LoadOptions): Promise<LoadResult> {
  const { hostname, port, host, pathname, search } = new URL(url);
  const request = Buffer.from(`GET ${pathname}${search} HTTP/1.1\r\nHost: ${host}\r\nAccept: */*\r\n\r\n`);
  const latenciesMs: number[] = [];
  const startedMs = performance.now();
  const endMs = startedMs + durationMs;
  const ask = (socket: Socket) =>
    new Promise<void>((resolve, reject) => {
      let sentMs = performance.now();
      let answer: Buffer | undefined;
      let answerBytes = 0;
      socket.on('error', reject);
      socket.on('close', () => reject(new Error('the server closed a connection')));
      socket.on('data', (chunk: Buffer) => {
        answer = answer === undefined ? chunk : Buffer.concat([answer, chunk]);
        if (answerBytes === 0) answerBytes = lengthOf(answer, body);
        if (answerBytes === 0 || answer.length < answerBytes) return;
        if (answer.length > answerBytes || STATUS_OK.compare(answer, 0, STATUS_OK.length) !== 0)
          return reject(new Error(`an answer was not like the first: ${answer.toString('latin1')}`));
        answer = undefined;
        const nowMs = performance.now();
        latenciesMs.push(nowMs - sentMs);
        if (nowMs >= endMs) return resolve();
        sentMs = nowMs;
        socket.write(request);
      });
      socket.write(request);
    });
  const sockets = Array.from({ length: connections }, () =>
    connect({ host: hostname, port: Number(port), noDelay: true }),
  );
  try {
    await Promise.all(sockets.map(ask));
  } finally {
    for (const socket of sockets) socket.removeAllListeners('close').destroy();
  }
  const tookMs = performance.now() - startedMs;
  latenciesMs.sort((a, b) => a - b);
  const at = (share: number) => latenciesMs[Math.floor(share * latenciesMs.length)] ?? Number.NaN;
  return {
    rate: (latenciesMs.length / tookMs) * 1000,
    count: latenciesMs.length,
    p50: at(0.5),
    p99: at(0.99),
  };
}

/** The bytes of an answer, once its head is there; 0: not yet. The first one must have the body that is asked for. */
function lengthOf(answer: Buffer, body: string): number {
  const headBytes = answer.indexOf('\r\n\r\n') + 4;
  if (headBytes < 4) return 0;
  const length = /content-length: (\d+)/i.exec(answer.toString('latin1', 0, headBytes))?.[1];
  const bytes = headBytes + Number(length);
  if (answer.length < bytes) return 0;
  const got = answer.toString('utf8', headBytes);
  if (got !== body) throw new Error(`the body is ${got}, not ${body}`);
  return bytes;
}
