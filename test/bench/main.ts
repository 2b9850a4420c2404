import { mkdir, writeFile } from 'node:fs/promises';
import { apiserverCreate } from './apiserver/apiserver-create.ts';
import { apiserverUpdate } from './apiserver/apiserver-update.ts';
import { apiserverWatchFanout } from './apiserver/apiserver-watch-fanout.ts';
import { check1000Edges } from './check-1000-edges.ts';
import { crossModule1k, crossModule64k } from './cross-module/cross-module.ts';
import { EXPRESSION_BENCHMARKS } from './expressions/benchmarks.ts';
import { httpFlow } from './http-flow.ts';
import { httpHello } from './http-hello.ts';
import { idleRss } from './idle-rss.ts';
import { localHop, localHopTraced } from './local-hop.ts';
import { localHopVsNodeRed } from './local-hop-vs-node-red.ts';
import { nodeMemory } from './node-memory.ts';
import { overload } from './overload.ts';
import { reconnect } from './reconnect.ts';
import type { Result } from './result.ts';
import { spread } from './spread.ts';
import { startReady } from './start-ready.ts';
import { sync10k } from './sync-10k.ts';
import { takeoverCrash, takeoverGraceful } from './takeover.ts';
import { watchLatency } from './watch-latency.ts';

const BENCHMARKS = [
  localHop,
  localHopTraced,
  localHopVsNodeRed,
  crossModule1k,
  crossModule64k,
  httpFlow,
  reconnect,
  spread,
  httpHello,
  idleRss,
  nodeMemory,
  overload,
  startReady,
  apiserverCreate,
  apiserverUpdate,
  apiserverWatchFanout,
  sync10k,
  watchLatency,
  takeoverGraceful,
  takeoverCrash,
  check1000Edges,
  ...EXPRESSION_BENCHMARKS,
];

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !BENCHMARKS.some((benchmark) => benchmark.name === name));
if (unknown.length > 0) {
  console.error(
    `no benchmark ${unknown.join(', ')}; there are: ${BENCHMARKS.map(({ name }) => name).join(', ')}`,
  );
  process.exit(2);
}
const results: Result[] = [];
for (const benchmark of BENCHMARKS) {
  if (wanted.length > 0 && !wanted.includes(benchmark.name)) continue;
  console.log(`${benchmark.name} …`);
  const measured = await benchmark.run();
  const command = `npm run bench -- ${benchmark.name}`;
  results.push(...measured.map((row) => ({ ...row, command, date: new Date().toISOString() })));
}
await mkdir('.bench', { recursive: true });
await writeFile('.bench/results.json', `${JSON.stringify(results, null, 2)}\n`);
console.table(
  Object.fromEntries(
    results.map(({ name, value, unit, referenceValue, ratio, p50, p99 }) => [
      name,
      {
        value: round(value),
        unit,
        reference: round(referenceValue),
        ratio: round(ratio),
        'p50 ms': round(p50),
        'p99 ms': round(p99),
      },
    ]),
  ),
);
process.exit(0);

function round(value: number | null): number | null {
  return value === null ? null : Number(value.toPrecision(4));
}
