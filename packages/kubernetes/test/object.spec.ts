import { keyFrom, keyOf, parseKey } from '../src/object.ts';
import { isLaterVersion } from '../src/resource-version.ts';

describe('an object key', () => {
  it('is namespace and name, or the name alone', () => {
    expect(keyOf({ metadata: { namespace: 'apps', name: 'a' } })).toBe('apps/a');
    expect(keyOf({ metadata: { name: 'a' } })).toBe('a');
  });

  it.each([
    ['apps', 'a'],
    ['', 'a'],
  ])('can be taken apart again: "%s" and "%s"', (namespace, name) => {
    expect(parseKey(keyFrom(namespace, name))).toEqual({ namespace, name });
  });
});

describe('isLaterVersion', () => {
  it('compares numbers of any length', () => {
    expect(isLaterVersion('10', '9')).toBe(true);
    expect(isLaterVersion('9', '10')).toBe(false);
    expect(isLaterVersion('7', '7')).toBe(false);
    expect(isLaterVersion('90071992547409930', '90071992547409929')).toBe(true);
  });

  it('does not know about anything else', () => {
    expect(isLaterVersion('abc', '1')).toBeUndefined();
    expect(isLaterVersion('1', undefined)).toBeUndefined();
  });
});
