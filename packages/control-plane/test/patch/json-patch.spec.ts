import { jsonPatch, JsonPatchError } from '../../src/patch/json-patch.ts';

describe('jsonPatch', () => {
  it.each<[string, any, any[], any]>([
    ['adds a member', { a: 1 }, [{ op: 'add', path: '/b', value: 2 }], { a: 1, b: 2 }],
    ['inserts an item', [1, 3], [{ op: 'add', path: '/1', value: 2 }], [1, 2, 3]],
    ['appends an item', [1], [{ op: 'add', path: '/-', value: 2 }], [1, 2]],
    ['removes a member', { a: 1, b: 2 }, [{ op: 'remove', path: '/a' }], { b: 2 }],
    ['removes an item', [1, 2], [{ op: 'remove', path: '/0' }], [2]],
    [
      'replaces deep down',
      { a: [{ b: 1 }] },
      [{ op: 'replace', path: '/a/0/b', value: null }],
      { a: [{ b: null }] },
    ],
    ['moves', { a: 1 }, [{ op: 'move', from: '/a', path: '/b' }], { b: 1 }],
    ['copies', { a: 1 }, [{ op: 'copy', from: '/a', path: '/b' }], { a: 1, b: 1 }],
    [
      'reads escaped names',
      { 'a/b': { '~': 1 } },
      [{ op: 'replace', path: '/a~1b/~0', value: 2 }],
      { 'a/b': { '~': 2 } },
    ],
    ['replaces the whole', { a: 1 }, [{ op: 'add', path: '', value: [] }], []],
  ])('%s', (_what, document, operations, expected) => {
    expect(jsonPatch(document, operations)).toEqual(expected);
  });

  it('leaves its input alone', () => {
    const document = Object.freeze({ list: Object.freeze([1]) });
    expect(jsonPatch(document as any, [{ op: 'add', path: '/list/-', value: 2 }])).toEqual({ list: [1, 2] });
    expect(document).toEqual({ list: [1] });
  });

  it.each<[string, any, any]>([
    ['a missing member', {}, { op: 'remove', path: '/a' }],
    ['a place behind the end', [1], { op: 'add', path: '/5', value: 1 }],
    ['an index with a leading zero', [1], { op: 'replace', path: '/00', value: 1 }],
    ['a test that fails', { a: 1 }, { op: 'test', path: '/a', value: 2 }],
    ['an unknown operation', { a: 1 }, { op: 'frobnicate', path: '/a' }],
    ['a path without a slash', { a: 1 }, { op: 'remove', path: 'a' }],
    ['an inherited member', {}, { op: 'remove', path: '/toString' }],
  ])('refuses %s', (_what, document, operation) => {
    expect(() => jsonPatch(document, [operation])).toThrow(JsonPatchError);
  });
});
