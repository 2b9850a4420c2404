import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Benchmark, type Measured, median, quantile } from '../result.ts';
import { createCertificates, openCertificates } from './certificates.ts';
import { type Contender, moduleCalls, streamCalls, unaryCalls } from './contenders.ts';
import { EchoServer } from './echo-server.ts';

const IN_FLIGHT = 64;
const ROUND_MS = 1500;
const ROUNDS = 5;

/** Calls a second between two modules with mTLS, 1 KiB there and back. */
export const crossModule1k = crossModule('cross-module-1k', 1024);
/** The same with 64 KiB. */
export const crossModule64k = crossModule('cross-module-64k', 64 * 1024);

function crossModule(name: string, bytes: number): Benchmark {
  return {
    name,
    async run() {
      const folder = await mkdtemp(join(tmpdir(), 'cross-module-'));
      try {
        return await measure(name, bytes, folder);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
}

async function measure(name: string, bytes: number, folder: string): Promise<readonly Measured[]> {
  const directories = await createCertificates(folder);
  using certificates = await openCertificates(directories.sender, 'sender');
  await using server = await EchoServer.start(directories.receiver);
  const { tls, plain, bare } = server.ports;
  await using ours = moduleCalls(tls, bytes, certificates);
  await using plainText = moduleCalls(plain, bytes);
  await using unary = unaryCalls(bare, bytes);
  await using stream = streamCalls(bare, bytes);
  const series = { ours, plainText, unary, stream };
  const rounds = { ours: newSeries(), plainText: newSeries(), unary: newSeries(), stream: newSeries() };
  for (const contender of Object.values(series)) await round(contender, server);
  for (let index = 0; index < ROUNDS; index += 1)
    for (const key of ['ours', 'plainText', 'unary', 'stream'] as const)
      add(rounds[key], await round(series[key], server));
  const row = (suffix: string, of: Series, reference: string, than: Series): Measured => ({
    name: `${name}${suffix}`,
    value: median(of.rates),
    unit: 'calls/s',
    reference,
    referenceValue: median(than.rates),
    ratio: median(of.rates.map((rate, index) => rate / (than.rates[index] ?? Number.NaN))),
    p50: quantile(of.latencies, 0.5),
    p99: quantile(of.latencies, 0.99),
  });
  for (const [key, { clientUs, serverUs }] of Object.entries(rounds))
    console.log(`${name}, ${key}: client ${show(clientUs)} µs, server ${show(serverUs)} µs of CPU a call`);
  return [
    row('', rounds.ours, 'bare grpc-js unary calls', rounds.unary),
    row('-vs-stream', rounds.ours, 'one bare grpc-js stream', rounds.stream),
    row('-plain', rounds.plainText, 'bare grpc-js unary calls', rounds.unary),
    row('-plain-vs-stream', rounds.plainText, 'one bare grpc-js stream', rounds.stream),
  ];
}

interface Series {
  readonly rates: number[];
  readonly latencies: number[];
  readonly clientUs: number[];
  readonly serverUs: number[];
}

function newSeries(): Series {
  return { rates: [], latencies: [], clientUs: [], serverUs: [] };
}

interface Round {
  readonly rate: number;
  readonly latencies: readonly number[];
  readonly clientUs: number;
  readonly serverUs: number;
}

async function round(contender: Contender, server: EchoServer): Promise<Round> {
  const latencies: number[] = [];
  const before = await server.cpuUs();
  const startedMs = performance.now();
  const worker = async () => {
    for (let atMs = startedMs; atMs - startedMs < ROUND_MS;) {
      await contender.call();
      const nowMs = performance.now();
      latencies.push(nowMs - atMs);
      atMs = nowMs;
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
  const tookMs = performance.now() - startedMs;
  const after = await server.cpuUs();
  const count = latencies.length;
  return {
    rate: (count / tookMs) * 1000,
    latencies,
    clientUs: (after.client - before.client) / count,
    serverUs: (after.server - before.server) / count,
  };
}

function add(series: Series, { rate, latencies, clientUs, serverUs }: Round): void {
  series.rates.push(rate);
  for (const latency of latencies) series.latencies.push(latency);
  series.clientUs.push(clientUs);
  series.serverUs.push(serverUs);
}

function show(values: readonly number[]): string {
  return median(values).toFixed(1);
}
