import { compileCel } from '../../src/schema/cel.ts';
import { celValue } from '../../src/schema/cel/values.ts';
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
  return compileCel(source, SCHEMA, { result: 'bool' }).evaluate(variables);
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
    ['self.name.replace("a", "b").lowerAscii() == "bbc" && self.name.charAt(2) == "C"', { name: 'abC' }],
    ['self.name.find("[0-9]+") == "42" && self.name.findAll("[a-z]") == ["a", "b"]', { name: 'a42b' }],
    ['self.?name.orValue("none") == "none"', {}],
    ['self.?name.optMap(name, name.size()).orValue(0) == 3', { name: 'abc' }],
    ['self.?labels["a"].hasValue() && !self.?labels["b"].hasValue()', { labels: { a: 'b' } }],
    ['self.tags.all(index, tag, index < 1 || tag > self.tags[index - 1])', { tags: ['a', 'b'] }],
    ['self.labels.all(key, value, key != value)', { labels: { a: 'b' } }],
    ['self.tags.isSorted() && self.tags.indexOf("b") == 1', { tags: ['a', 'b'] }],
    ['sets.contains(self.tags, ["a"]) && !sets.intersects(self.tags, ["z"])', { tags: ['a', 'b'] }],
    ['"%s has %d of %.1f".format([self.name, self.count, 2.0]) == "x has 3 of 2.0"', { name: 'x', count: 3 }],
    [
      'url(self.name).getHost() == "a.example:80" && url(self.name).getPort() == "80"',
      { name: 'https://a.example:80/p?q=1' },
    ],
    ['isURL(self.name) && url(self.name).getQuery() == {"q": ["1"]}', { name: 'https://a.example/p?q=1' }],
    ['!isURL(self.name)', { name: '../relative' }],
    ['isIP(self.name) && ip(self.name).family() == 6 && ip.isCanonical(self.name)', { name: '2001:db8::1' }],
    ['ip(self.name).isLoopback() && string(ip(self.name)) == "127.0.0.1"', { name: '127.0.0.1' }],
    ['cidr(self.name).containsIP("10.1.2.3") && cidr(self.name).prefixLength() == 8', { name: '10.0.0.0/8' }],
    ['cidr("10.1.2.3/8").masked() == cidr(self.name)', { name: '10.0.0.0/8' }],
    [
      'quantity(self.name).isGreaterThan(quantity("1Gi")) && quantity(self.name).add(1).isInteger()',
      { name: '1.5Gi' },
    ],
    ['quantity("250m").add(quantity("750m")) == quantity(self.name)', { name: '1' }],
    [
      'semver(self.name).isLessThan(semver("1.0.0")) && semver(self.name).minor() == 2',
      { name: '0.2.0-rc.1' },
    ],
    ['isSemver(self.name) && !isSemver("v1") && semver("v1", true).major() == 1', { name: '1.2.3' }],
    ['!format.dns1123Label().validate(self.name).hasValue()', { name: 'a-label' }],
    ['format.named("dns1123Label").value().validate(self.name).hasValue()', { name: 'Not_One' }],
  ])('holds that %s for %j', (source, self) => {
    expect(evaluate(source, self)).toBe(true);
  });

  it('compares with the old value', () => {
    expect(evaluate('self.count >= oldSelf.count', { count: 2 }, { count: 3 })).toBe(false);
    expect(compileCel('self.count >= oldSelf.count', SCHEMA, { result: 'bool' }).readsOldSelf).toBe(true);
    expect(compileCel('self.count >= 1', SCHEMA, { result: 'bool' }).readsOldSelf).toBe(false);
  });

  it('fails for a field that is not there', () => {
    expect(() => evaluate('self.count > 1', {})).toThrow('No such key: count');
  });

  it.each([
    ['self.count >', 'ERROR: <input>:1:13: Syntax error: Unexpected token'],
    ['self.free.anything == "goes"', "undefined field 'anything'"],
    ['self.count', 'cel expression must evaluate to a bool'],
    [
      'self.count > "a"',
      "ERROR: <input>:1:12: found no matching overload for '_>_' applied to '(int, string)'",
    ],
    ['nosuch(self)', "ERROR: <input>:1:7: undeclared reference to 'nosuch' (in container '')"],
    ['self.name.size(1)', "found no matching overload for 'size' applied to 'string.(int)'"],
    ['self.nosuch > 1', "undefined field 'nosuch'"],
    ['self.tags.all(tag, self.other == tag)', "undefined field 'other'"],
  ])('refuses to compile %s', (source, message) => {
    expect(() => compileCel(source, SCHEMA, { result: 'bool' })).toThrow(message);
  });
});
