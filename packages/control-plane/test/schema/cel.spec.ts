import { celValue, compileCel } from '../../src/schema/cel.ts';
import type { Schema } from '../../src/schema/schema.ts';

const SCHEMA: Schema = {
  type: 'object',
  properties: {
    count: { type: 'integer' },
    ratio: { type: 'number' },
    name: { type: 'string' },
    tags: { type: 'array', items: { type: 'string' } },
    labels: { type: 'object', additionalProperties: { type: 'string' } },
    items: {
      type: 'array',
      items: { type: 'object', properties: { name: { type: 'string' }, weight: { type: 'integer' } } },
    },
    port: { 'x-kubernetes-int-or-string': true },
    since: { type: 'string', format: 'date-time' },
    'my-field': { type: 'string' },
    namespace: { type: 'string' },
    free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
  },
};

function evaluate(source: string, self: any, oldSelf?: any): unknown {
  const variables = {
    self: celValue(self, SCHEMA),
    ...(oldSelf !== undefined && { oldSelf: celValue(oldSelf, SCHEMA) }),
  };
  return compileCel(source, SCHEMA).evaluate(variables);
}

describe('compileCel', () => {
  it.each([
    ['self.count + 1 == 4', { count: 3 }],
    ['self.ratio > 0.5', { ratio: 1 }],
    ['!has(self.name) || self.name.size() <= 3', { name: 'abc' }],
    ['!has(self.name) || self.name.size() <= 3', {}],
    ['self.tags.all(tag, tag.startsWith("a")) && self.tags.exists(tag, tag == "ab")', { tags: ['a', 'ab'] }],
    ['self.tags.exists_one(tag, tag == "a")', { tags: ['a', 'b'] }],
    ['self.name.matches("^[a-z]+$") && self.name.contains("b") && self.name.endsWith("c")', { name: 'abc' }],
    ['self.labels.all(key, self.labels[key] != "")', { labels: { a: 'b' } }],
    ['"a" in self.labels && !("b" in self.labels)', { labels: { a: 'b' } }],
    ['self.items.map(item, item.weight).sum() == 3', { items: [{ weight: 1 }, { weight: 2 }] }],
    ['self.items.filter(item, item.weight > 1).size() == 1', { items: [{ weight: 1 }, { weight: 2 }] }],
    ['type(self.port) == int ? self.port > 1 : self.port != ""', { port: 80 }],
    ['type(self.port) == string && self.port == "http"', { port: 'http' }],
    ['self.since > timestamp("2020-01-01T00:00:00Z")', { since: '2026-01-01T00:00:00Z' }],
    ['self.my__dash__field == "x" && self.__namespace__ == "y"', { 'my-field': 'x', namespace: 'y' }],
    ['self.free.anything == "goes"', { free: { anything: 'goes' } }],
    ['self.name.replace("a", "b").lowerAscii() == "bbc" && self.name.charAt(2) == "C"', { name: 'abC' }],
    ['self.name.find("[0-9]+") == "42"', { name: 'a42b' }],
  ])('holds that %s for %j', (source, self) => {
    expect(evaluate(source, self)).toBe(true);
  });

  it('compares with the old value', () => {
    expect(evaluate('self.count >= oldSelf.count', { count: 2 }, { count: 3 })).toBe(false);
    expect(compileCel('self.count >= oldSelf.count', SCHEMA).readsOldSelf).toBe(true);
    expect(compileCel('self.count >= 1', SCHEMA).readsOldSelf).toBe(false);
  });

  it('fails for a field that is not there', () => {
    expect(() => evaluate('self.count > 1', {})).toThrow('No such key: count');
  });

  it.each([
    ['self.count >', 'Unexpected token'],
    ['self.nosuch > 1', "undefined field 'nosuch'"],
    ['self.tags.all(tag, self.other == tag)', "undefined field 'other'"],
  ])('refuses to compile %s', (source, message) => {
    expect(() => compileCel(source, SCHEMA)).toThrow(message);
  });
});
