import assert from 'node:assert/strict';
import { compileTemplate } from '@tinysystems/expression';
import { type Peers, loadPeers } from '../peers/peers.ts';
import { type Benchmark, type Measured, median } from '../result.ts';
import { CASES, type Case, JSONATA_MAPPING, MAPPING, type Run } from './cases.ts';
import { MESSAGES } from './messages.ts';
import { retainedBytes } from './retained-bytes.ts';

const ROUND_MS = 80;
const ROUNDS = 9;
const COMPILED = 1000;

/** Evaluations a second of the tasks that mappings are made of, beside the same by hand and by libraries. */
export const EXPRESSION_BENCHMARKS: readonly Benchmark[] = CASES.map((task) => ({
  name: task.name,
  run: async () => {
    const peers = await loadPeers();
    const rows = await evaluations(task, peers);
    return task.name === 'expr-mapping' ? [...rows, ...(await compilations(peers))] : rows;
  },
}));

async function evaluations(task: Case, peers: Peers): Promise<readonly Measured[]> {
  const runs: Readonly<Record<string, Run>> = {
    ours: task.ours,
    'hand-written JavaScript': task.byHand,
    ...task.byLibrary(peers),
  };
  await agree(runs);
  const rates = await medianRates(runs);
  const value = rates['ours'] ?? Number.NaN;
  return Object.entries(rates)
    .filter(([reference]) => reference !== 'ours')
    .map(([reference, referenceValue], index) => ({
      ...NO_TIMES,
      name: index === 0 ? task.name : `${task.name}-vs-${reference}`,
      value,
      unit: 'evaluations/s',
      reference,
      referenceValue,
      ratio: value / referenceValue,
    }));
}

/** Every contender has to give the same before anything is measured. */
async function agree(runs: Readonly<Record<string, Run>>): Promise<void> {
  for (const message of MESSAGES) {
    const expected = plain(await runs['hand-written JavaScript']?.(message));
    for (const [name, run] of Object.entries(runs))
      assert.deepEqual(plain(await run(message)), expected, `${name} differs`);
  }
}

function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

/** All of them in turn, round after round, so that what else the machine does hits all alike. */
async function medianRates(runs: Readonly<Record<string, Run>>): Promise<Readonly<Record<string, number>>> {
  const rates = Object.entries(runs).map(([name, run]) => ({ name, run, rounds: [] as number[] }));
  for (const { run } of rates) await rateOf(run);
  for (let round = 0; round < ROUNDS; round += 1)
    for (const { run, rounds } of rates) rounds.push(await rateOf(run));
  return Object.fromEntries(rates.map(({ name, rounds }) => [name, median(rounds)]));
}

/** What the results go to, so that no evaluation can be left out. */
let sink: unknown;

/** Evaluations in a second of CPU time, garbage collection included: what else the machine does must not count. */
async function rateOf(run: Run): Promise<number> {
  const isAsync = sinkOf(run(MESSAGES[0] as never)) instanceof Promise;
  const startedMs = cpuMs();
  // The clock is a system call: what is done at once gets many passes between two looks at it.
  const passes = isAsync ? 1 : 10;
  let count = 0;
  while (cpuMs() - startedMs < ROUND_MS) {
    for (let pass = 0; pass < passes; pass += 1)
      for (const message of MESSAGES) sink = isAsync ? await run(message) : run(message);
    count += passes * MESSAGES.length;
  }
  return (count / (cpuMs() - startedMs)) * 1000;
}

/** CPU time of all threads of this process, milliseconds. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function sinkOf(value: unknown): unknown {
  sink = value;
  return sink;
}

/** Compile time, and memory of what was compiled, of the mapping of ten fields. */
async function compilations(peers: Peers): Promise<readonly Measured[]> {
  const ours = () => compileTemplate(MAPPING);
  const jsonata = () => peers.jsonata(JSONATA_MAPPING);
  const rates = await medianRates({ ours, jsonata });
  const [value, referenceValue] = [1000 / (rates['ours'] ?? 0), 1000 / (rates['jsonata'] ?? 0)];
  const memory = memoryOf(ours);
  const theirMemory = memoryOf(jsonata);
  const reference = 'jsonata';
  return [
    {
      ...NO_TIMES,
      name: 'expr-mapping-compile',
      value,
      unit: 'ms',
      reference,
      referenceValue,
      ratio: referenceValue / value,
    },
    {
      ...NO_TIMES,
      name: 'expr-mapping-memory',
      value: memory,
      unit: 'MiB',
      reference,
      referenceValue: theirMemory,
      ratio: theirMemory / memory,
    },
  ];
}

/** Of one compiled mapping, MiB. */
function memoryOf(compile: () => unknown): number {
  return retainedBytes(() => Array.from({ length: COMPILED }, compile)) / COMPILED / 2 ** 20;
}

const NO_TIMES = { p50: null, p99: null } as const;
