import { checkProgram } from './fuzz/check-program.ts';
import { guardHost } from './fuzz/guard-host.ts';
import { dataOf, programOf } from './fuzz/programs.ts';
import { randomOf } from './fuzz/random.ts';
import { compileTemplate } from '../src/index.ts';

// The long form is `npm run fuzz`.
describe('Random programs', () => {
  it.each([1, 2, 3, 4])('of seed %d give JSON or an error of ours, and reach nothing of the host', (seed) => {
    using guard = guardHost();
    const endings = { value: 0, static: 0, dynamic: 0 };
    for (let number = 1; number <= 2500; number += 1) endings[checkProgram(seed, number)] += 1;

    guard.check();
    for (const count of Object.values(endings)) expect(count).toBeGreaterThan(100);
  });

  it('are the same for the same seed', () => {
    const programs = (seed: number) =>
      Array.from({ length: 20 }, (_, number) => programOf(randomOf(seed, number)));

    expect(programs(7)).toEqual(programs(7));
    expect(programs(7)).not.toEqual(programs(8));
  });

  it('leave the data as it was', () => {
    const random = randomOf(6, 0);
    const data = dataOf(random, 6);
    const before = structuredClone(data);
    for (let round = 0; round < 1000; round += 1)
      compileTemplate({ text: `{{${programOf(random)}}}` }).evaluate(data);

    expect(data).toEqual(before);
  });
});

describe('The guard of the host', () => {
  it('sees a call of a constructor of functions, and a changed intrinsic', () => {
    using called = guardHost();
    expect(() => (() => 1).constructor('return 1')).toThrow('reached');
    expect(() => called.check()).toThrow('1 calls');
    called[Symbol.dispose]();

    using changed = guardHost();
    Object.defineProperty(Object.prototype, 'polluted', { value: 1, configurable: true });
    expect(() => changed.check()).toThrow('changed');
    delete (Object.prototype as { polluted?: unknown }).polluted;
    expect(() => changed.check()).not.toThrow();
  });
});
