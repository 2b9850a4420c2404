import { ByteBudget, Charge } from '@tinysystems/core';

const refusal = expect.objectContaining({ kind: 'Overloaded', code: 'QUEUE_FULL', retryAfterMs: 1000 });

describe('ByteBudget', () => {
  it('refuses what does not fit beside the rest, and takes it when there is room', () => {
    const budget = new ByteBudget(10);
    budget.take(6);
    expect(() => budget.take(5)).toThrow(refusal);
    budget.give(6);
    budget.take(5);
    expect(budget.bytes).toBe(5);
  });

  it('lets one entry in that is larger than all of it, when nothing else is in flight', () => {
    const budget = new ByteBudget(10);
    budget.take(20);
    expect(() => budget.take(1)).toThrow(refusal);
    budget.give(20);
    budget.take(10);
    expect(budget.bytes).toBe(10);
  });
});

describe('ByteBudget by default', () => {
  it('is 64 MiB', () => {
    const budget = new ByteBudget();
    budget.take(64 * 1024 * 1024 - 1);
    expect(() => budget.take(2)).toThrow(refusal);
    budget.take(1);
  });
});

describe('Charge', () => {
  it('grows with its entry, and gives all of it back once', () => {
    const budget = new ByteBudget(10);
    const charge = new Charge(budget);
    charge.add(3);
    charge.add(4);
    expect(() => new Charge(budget).add(4)).toThrow(refusal);
    charge[Symbol.dispose]();
    charge[Symbol.dispose]();
    expect(budget.bytes).toBe(0);
  });

  it('that was refused a part gives back what it had', () => {
    const budget = new ByteBudget(10);
    budget.take(5);
    {
      using charge = new Charge(budget);
      charge.add(4);
      expect(() => charge.add(4)).toThrow(refusal);
    }
    expect(budget.bytes).toBe(5);
  });

  it('may grow above the whole budget while it is alone', () => {
    const budget = new ByteBudget(10);
    using charge = new Charge(budget);
    charge.add(8);
    charge.add(8);
    expect(budget.bytes).toBe(16);
  });
});
