import { scaleOf } from './fault.ts';
import { soak } from './soak.ts';

describe('a soak', () => {
  const seed = Number(process.env['FAULT_SEED'] ?? Math.floor(Math.random() * 2 ** 32));

  it(`balances its ledger whatever happens (seed ${seed})`, async () => {
    const measures = await soak({ durationMs: 5_000, random: scaleOf('short', seed).random });
    expect(measures).toMatchObject({ ranTwice: 0 });
  }, 120_000);
});
