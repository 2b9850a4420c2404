import { onNewRefusal } from '../../src/resources/on-new-refusal.ts';

const STATE = {
  isLeader: false,
  term: 0,
  leaseTransitions: 0,
  holder: undefined,
  hasAsked: true,
  leaseEndsMs: 0,
};

describe('onNewRefusal', () => {
  it('tells once that the lease is refused, and again when it is after it was not', () => {
    const told: string[] = [];
    const hear = onNewRefusal((advice) => told.push(advice));
    for (const refusal of [undefined, 'Forbidden: a', 'Forbidden: a', undefined, 'Forbidden: b'])
      hear({ ...STATE, refusal });

    expect(told).toEqual([
      expect.stringContaining('(Forbidden: a)'),
      expect.stringContaining('(Forbidden: b)'),
    ]);
  });
});
