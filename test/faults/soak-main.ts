import { parseArgs } from 'node:util';
import { scaleOf } from './fault.ts';
import { soak } from './soak.ts';

// `npm run soak`: half an hour; `npm run soak -- --short`: a minute; `--minutes 5`, `--seed 7`.
const { values } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    minutes: { type: 'string' },
    seed: { type: 'string', default: '1' },
  },
});
const minutes = Number(values.minutes ?? (values.short ? 1 : 30));
const seed = Number(values.seed);
if (!(minutes > 0) || !Number.isSafeInteger(seed)) {
  console.error('usage: npm run soak -- [--short | --minutes N] [--seed N]');
  process.exit(2);
}
console.log(`soak of ${minutes} min, seed ${seed} …`);
const { random } = scaleOf('full', seed);
const measures = await soak({
  durationMs: minutes * 60_000,
  random,
  onProgress: (line) => console.log(line),
});
console.log(`the ledger balances, seed ${seed}: ${JSON.stringify(measures, null, 2)}`);
process.exit();
