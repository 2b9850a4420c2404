import { type ChildProcess, spawn } from 'node:child_process';
import autocannon from 'autocannon';
import { DevProcess } from '../e2e/dev-process.ts';
import { type Benchmark, median } from './result.ts';

const ROUND_S = 4;
const ROUNDS = 3;
const CONNECTIONS = 32;

/** Requests a second of the hello flow (three processes) against a bare HTTP server that answers the same bytes. */
export const httpHello: Benchmark = {
  name: 'http-hello',
  async run() {
    await using dev = await DevProcess.start();
    await using bare = await BareServer.start();
    const flow = `${await dev.url()}/hello?name=Ada`;
    await load(flow);
    await load(bare.url);
    const ours: autocannon.Result[] = [];
    const plain: autocannon.Result[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      ours.push(await load(flow));
      plain.push(await load(bare.url));
    }
    const value = median(ours.map((result) => result.requests.average));
    const referenceValue = median(plain.map((result) => result.requests.average));
    return [
      {
        name: 'http-hello',
        value,
        unit: 'requests/s',
        reference: 'a bare node:http server that answers the same bytes',
        referenceValue,
        ratio: value / referenceValue,
        p50: median(ours.map((result) => result.latency.p50)),
        p99: median(ours.map((result) => result.latency.p99)),
      },
    ];
  },
};

async function load(url: string): Promise<autocannon.Result> {
  const result = await autocannon({ url, connections: CONNECTIONS, duration: ROUND_S });
  const failed = result.errors + result.timeouts + result.non2xx;
  if (failed > 0) throw new Error(`${url}: ${failed} of ${result.requests.total} requests failed`);
  return result;
}

const BARE = `
  const body = JSON.stringify({ greeting: 'Hello, Ada!' });
  const server = require('node:http').createServer((request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(body);
  });
  server.listen(0, '127.0.0.1', () => console.log(server.address().port));
`;

/** The reference, in a process of its own. */
class BareServer implements AsyncDisposable {
  readonly url: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, port: string) {
    this.#child = child;
    this.url = `http://127.0.0.1:${port}/hello?name=Ada`;
  }

  static async start(): Promise<BareServer> {
    const child = spawn(process.execPath, ['-e', BARE], { stdio: ['ignore', 'pipe', 'inherit'] });
    const port = await new Promise<string>((resolve) =>
      child.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString().trim())),
    );
    return new BareServer(child, port);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill();
    await ended;
  }
}
