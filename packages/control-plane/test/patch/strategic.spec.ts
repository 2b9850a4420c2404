import { strategicMerge } from '../../src/patch/strategic.ts';
import type { Schema } from '../../src/schema/schema.ts';

const SCHEMA: Schema = {
  type: 'object',
  properties: {
    items: {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
      'x-kubernetes-patch-merge-key': 'name',
      items: { type: 'object', properties: { name: { type: 'string' }, size: { type: 'integer' } } },
    },
    plain: { type: 'array', items: { type: 'string' } },
    set: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } },
  },
};

const ITEMS = [{ name: 'a', size: 1 }, { name: 'b' }];

describe('strategicMerge', () => {
  it.each<[string, any, any, any]>([
    [
      'merges items with the same key',
      { items: ITEMS },
      { items: [{ name: 'a', x: 2 }] },
      { items: [{ name: 'a', size: 1, x: 2 }, { name: 'b' }] },
    ],
    [
      'puts an item with a new key before the others',
      { items: ITEMS },
      { items: [{ name: 'c' }] },
      { items: [{ name: 'c' }, ...ITEMS] },
    ],
    [
      'deletes an item by directive',
      { items: ITEMS },
      { items: [{ name: 'a', $patch: 'delete' }] },
      { items: [{ name: 'b' }] },
    ],
    [
      'replaces a list by directive',
      { items: ITEMS },
      { items: [{ $patch: 'replace' }, { name: 'z' }] },
      { items: [{ name: 'z' }] },
    ],
    [
      'orders items',
      { items: ITEMS },
      { '$setElementOrder/items': [{ name: 'b' }, { name: 'a' }] },
      { items: ITEMS.toReversed() },
    ],
    ['replaces a list without a key', { plain: ['a'] }, { plain: ['b'] }, { plain: ['b'] }],
    ['unites a set, in the order of the patch', { set: ['a'] }, { set: ['b', 'a'] }, { set: ['b', 'a'] }],
    [
      'keeps the place of items that it does not speak of',
      { items: [{ name: 'a' }, { name: 'b' }, { name: 'c' }] },
      { items: [{ name: 'c', x: 1 }] },
      { items: [{ name: 'a' }, { name: 'b' }, { name: 'c', x: 1 }] },
    ],
    [
      'takes items from a set',
      { set: ['a', 'b'] },
      { '$deleteFromPrimitiveList/set': ['a'] },
      { set: ['b'] },
    ],
    [
      'replaces an object by directive',
      { map: { a: 1 } },
      { map: { b: 2, $patch: 'replace' } },
      { map: { b: 2 } },
    ],
    [
      'keeps only the keys to retain',
      { map: { a: 1, b: 2 } },
      { map: { $retainKeys: ['b', 'c'], c: 3 } },
      { map: { b: 2, c: 3 } },
    ],
    ['removes a member that is null', { a: 1, b: 2 }, { a: null }, { b: 2 }],
  ])('%s', (_what, target, patch, expected) => {
    expect(strategicMerge(target, patch, SCHEMA)).toEqual(expected);
  });
});
