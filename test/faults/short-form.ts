import { type Fault, scaleOf } from './fault.ts';

/** Enough for the longest short form on a busy machine, milliseconds. */
const TIMEOUT_MS = 120_000;

/** Declares a fault's short form as a test; `FAULT_SEED` repeats a run whose seed a failure named. */
export function shortForm(fault: Fault): void {
  const seed = Number(process.env['FAULT_SEED'] ?? Math.floor(Math.random() * 2 ** 32));
  describe(`${fault.id}: ${fault.title}`, () => {
    it(
      `${fault.target} (seed ${seed})`,
      async () => {
        const measures = await fault.run(scaleOf('short', seed));
        expect(Object.keys(measures)).not.toEqual([]);
      },
      TIMEOUT_MS,
    );
  });
}
