import { findDuplicateKeys } from '../../src/http/duplicate-keys.ts';

describe('findDuplicateKeys', () => {
  it.each<[string, string[]]>([
    ['{"a":1,"b":2}', []],
    ['{"a":1,"a":2}', ['a']],
    ['{"spec":{"a":1,"a":2}}', ['spec.a']],
    ['{"list":[{"a":1},{"a":1,"a":2}]}', ['list[1].a']],
    ['{"a":"{\\"a\\":1}","b":{"a":1}}', []],
    ['{"a":["a","a"],"b":"a"}', []],
  ])('in %s', (source, expected) => {
    expect(findDuplicateKeys(source)).toEqual(expected);
  });
});
