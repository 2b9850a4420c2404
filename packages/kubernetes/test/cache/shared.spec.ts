import { shared } from '../../src/cache/shared.ts';

describe('shared', () => {
  it('freezes a value and everything in it', () => {
    const value = shared({ a: [{ b: 1 }] }, undefined);
    expect([value, value.a, value.a[0]].map(Object.isFrozen)).toEqual([true, true, true]);
  });

  it('takes equal parts from the model', () => {
    const model = shared({ same: { x: [1, 'y'] }, other: 1 }, undefined);
    const value = shared({ same: { x: [1, 'y'] }, other: 2 }, model);

    expect(value).toEqual({ same: { x: [1, 'y'] }, other: 2 });
    expect(value.same).toBe(model.same);
  });

  it('gives the model itself when nothing differs', () => {
    const model = shared({ a: { b: null } }, undefined);
    expect(shared({ a: { b: null } }, model)).toBe(model);
  });

  it.each<[string, object, object]>([
    ['a key more', { a: 1, b: 2 }, { a: 1 }],
    ['a key less', { a: 1 }, { a: 1, b: 2 }],
    ['other keys', { b: 1 }, { a: 1 }],
    ['another order of keys', { b: 1, a: 1 }, { a: 1, b: 1 }],
    ['an array for an object', [1], { 0: 1 }],
    ['an object for an array', { 0: 1 }, [1]],
    ['a shorter array', [1], [1, 2]],
    ['nothing in it', {}, { a: 1 }],
    ['nothing for an empty array', {}, []],
    ['undefined for a missing key', { a: undefined }, { b: undefined }],
  ])('keeps a value that has %s', (_difference, value, model) => {
    const before = JSON.stringify(value);
    const result = shared({ in: value }, shared({ in: model }, undefined));

    expect(result.in).toBe(value);
    expect(JSON.stringify(result.in)).toBe(before);
  });

  it('leaves a value alone that is frozen already', () => {
    const value = Object.freeze({ a: { b: 1 } });
    expect(shared(value, shared({ a: { b: 1 } }, undefined))).toBe(value);
  });
});
