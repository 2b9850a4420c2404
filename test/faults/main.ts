import { mkdir, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { FAULTS } from './all.ts';
import { scaleOf } from './fault.ts';

// `npm run faults -- T1 T8 --seed 7`: the full form of each, one after the other; without names, of all.
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seed: { type: 'string', default: '1' } },
});
const wanted = positionals.map((id) => id.toUpperCase());
const unknown = wanted.filter((id) => !FAULTS.some((fault) => fault.id === id));
if (unknown.length > 0) {
  console.error(`no fault ${unknown.join(', ')}; there are: ${FAULTS.map(({ id }) => id).join(', ')}`);
  process.exit(2);
}
const results: unknown[] = [];
for (const fault of FAULTS) {
  if (wanted.length > 0 && !wanted.includes(fault.id)) continue;
  console.log(`${fault.id}: ${fault.title} …`);
  const startedMs = performance.now();
  const outcome = await outcomeOf(() => fault.run(scaleOf('full', Number(values.seed))));
  const tookS = Math.round((performance.now() - startedMs) / 1000);
  console.log(`  ${outcome.held ? 'held' : 'MISSED'} in ${tookS} s: ${fault.target}`);
  console.log(`  ${outcome.held ? JSON.stringify(outcome.measures) : outcome.problem}`);
  results.push({
    id: fault.id,
    seed: Number(values.seed),
    tookS,
    ...outcome,
    date: new Date().toISOString(),
  });
  await mkdir('.faults', { recursive: true });
  await writeFile('.faults/results.json', `${JSON.stringify(results, null, 2)}\n`);
  if (!outcome.held) process.exitCode = 1;
}
process.exit();

async function outcomeOf<T>(run: () => Promise<T>) {
  try {
    return { held: true as const, measures: await run() };
  } catch (error) {
    return {
      held: false as const,
      problem: error instanceof Error ? (error.stack ?? error.message) : String(error),
    };
  }
}
