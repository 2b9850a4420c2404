import type { TinyNode } from '@tinysystems/api';
import { PROBATION_MS, Probation } from '../../src/reconcilers/probation.ts';

const node = (generation = 1): TinyNode => ({
  metadata: { name: 'n', generation },
  spec: { module: 'm', component: 'c' },
});

describe('the probation of a node whose work failed', () => {
  it('lasts 2 s from when the work runs again', () => {
    const probation = new Probation();
    expect(probation.leftMs(node(), true, 0)).toBe(0);
    expect(probation.leftMs(node(), false, 10_000)).toBe(PROBATION_MS);
    expect(probation.leftMs(node(), false, 10_500)).toBe(1500);
    expect(probation.leftMs(node(), false, 12_000)).toBe(0);
    expect(probation.leftMs(node(), false, 12_001)).toBe(0);
  });

  it('begins anew with every failure', () => {
    const probation = new Probation();
    probation.leftMs(node(), true, 0);
    probation.leftMs(node(), false, 1000);
    expect(probation.leftMs(node(), true, 1010)).toBe(0);
    expect(probation.leftMs(node(), false, 5000)).toBe(PROBATION_MS);
  });

  it('ends with a new spec, and never begins without a failure', () => {
    const probation = new Probation();
    expect(probation.leftMs(node(), false, 0)).toBe(0);
    probation.leftMs(node(), true, 0);
    expect(probation.leftMs(node(2), false, 1000)).toBe(0);
  });
});
