import type { Json, JsonSchema } from '@tinysystems/core';
import { type FlowNode, checkEdge, findingText } from '../src/index.ts';
import { TEXT, edge, flowNode, inPort, object, outPort } from './flow-nodes.ts';

const USER = object({
  user: {
    type: 'object',
    properties: { name: TEXT, age: { type: 'integer' }, nick: TEXT, tags: { type: 'array', items: TEXT } },
    required: ['name', 'age', 'tags'],
  },
  ok: { type: 'boolean' },
  headers: { type: 'object', additionalProperties: TEXT },
  anything: {},
});

/** The verdict of an edge from {@link USER} to a port of a schema, and its texts. */
function check(
  configuration: Json | undefined,
  target: JsonSchema,
  more: { readonly onExpressionError?: 'Null' } = {},
) {
  const from = flowNode('a', { out: outPort(USER) });
  const to = flowNode('b', { in: inPort(target) });
  const { verdict } = checkEdge(
    { ...edge('e', 'out', 'b:in', configuration), ...more },
    { from, target: to },
  );
  return [verdict.verdict, ...verdict.findings.map(findingText)];
}

/** The same for one field `x` of a schema. */
const field = (value: Json, schema: JsonSchema) => check({ x: value }, object({ x: schema }));

describe('a mapping whose values always fit', () => {
  it.each<[Json, JsonSchema]>([
    ['{{$.user.name}}', TEXT],
    ['Hello {{$.user.name}}, {{$.user.age}}!', TEXT],
    ['{{$.user.age + 1}}', { type: 'integer' }],
    ['{{$.user.age / 2}}', { type: 'number' }],
    ['{{$.ok ? 200 : 500}}', { type: 'integer', minimum: 100, maximum: 599 }],
    ["{{$.ok ? 'a' : 'b'}}", { enum: ['a', 'b', 'c'] }],
    ["{{$.user.nick ? $.user.nick : 'none'}}", TEXT],
    ['{{!$.user.nick || length($.user.nick) > 2}}', { type: 'boolean' }],
    ["{{split($.user.name, ' ')}}", { type: 'array', items: TEXT }],
    ['{{$.user.tags}}', { type: 'array', items: TEXT }],
    ['{{length($.user.tags)}}', { type: 'integer' }],
    ['{{[$.user.name, upper($.user.name)]}}', { type: 'array', items: TEXT, minItems: 2 }],
    ['{{{name: $.user.name}}}', object({ name: TEXT })],
    ["{{$.user.tags[?(@ == 'x')]}}", {}],
    ['{{$.anything}}', {}],
    ['{{$.anything.deep[0]}}', { title: 'Any', configurable: true }],
    ['{{int($.user.name)}}', { type: 'integer' }],
    ['{{$.user.age > 18 && $.ok}}', { type: 'boolean' }],
    [3, { type: 'integer' }],
    ['{{$.headers}}', { type: 'object', additionalProperties: TEXT }],
    ['{{$.user}}', { type: 'object' }],
  ])('%j into %j is valid', (value, schema) => {
    expect(field(value, schema)).toEqual(['valid']);
  });

  it('is valid where an edge without a mapping leads to a port of the same schema', () => {
    expect(check(undefined, USER)).toEqual(['valid']);
  });

  it('is valid where a required field that is left out has a default', () => {
    const target = object({ x: { type: 'integer', default: 1 } });
    expect(check({}, target)).toEqual(['valid']);
  });
});

describe('a mapping whose values never fit', () => {
  it.each<[Json, JsonSchema, string]>([
    ['{{$.user.age}}', TEXT, 'x {{$.user.age}}: expected string, found integer'],
    [
      '{{$.user.nmae}}',
      TEXT,
      'x {{$.user.nmae}}: expected one of the fields of $.user: name, age, nick, tags, found $.user.nmae (did you mean name?)',
    ],
    [
      '{{$.user.name.first}}',
      TEXT,
      'x {{$.user.name.first}}: expected an object or an array at $.user.name, found $.user.name.first, but $.user.name is string',
    ],
    ['text', { type: 'integer' }, 'x: expected integer, found "text"'],
    [700, { type: 'integer', maximum: 599 }, 'x: expected integer, found 700; it must be <= 599'],
    ['red', { enum: ['green', 'blue'] }, 'x: expected "green" or "blue", found "red"'],
    ['{{upper($.user.age)}}', TEXT, 'x {{upper($.user.age)}}: expected string of upper, found integer'],
    [
      "{{$.user.age + 'x'}}",
      TEXT,
      `x {{$.user.age + 'x'}}: expected two numbers, or two strings, found integer + "x"`,
    ],
    [
      '{{sum($.user.tags)}}',
      { type: 'number' },
      'x {{sum($.user.tags)}}: expected number in the argument of sum, found array of string',
    ],
    [
      '{{$.user.tags[?(@.name)]}}',
      {},
      'x {{$.user.tags[?(@.name)]}}: expected an object or an array at @, found @.name, but @ is string',
    ],
    [
      '{{$.user.tags}}',
      { type: 'array', items: { type: 'number' } },
      'x[0] {{$.user.tags}}: expected number, found string',
    ],
    [[], { type: 'array', minItems: 1 }, 'x: expected at least 1 items, found 0 items'],
    [
      { a: 1 },
      { type: 'object', properties: { b: TEXT } },
      'x.a: expected one of the fields b, found the field a',
    ],
    [
      '{{ uper($.user.name) }}',
      TEXT,
      'x {{uper($.user.name)}}: there is no function uper; did you mean upper? (column 1)',
    ],
  ])('%j into %j is invalid', (value, schema, text) => {
    expect(field(value, schema)).toEqual(['invalid', text]);
  });

  it('names a required field that is not sent, and the one that may have been meant', () => {
    const target = object({ context: {}, kind: TEXT });
    expect(check({ contxt: 1, kind: 'a' }, target)).toEqual([
      'invalid',
      'contxt: expected one of the fields context, kind, found the field contxt (did you mean context?)',
      'context: expected a value, because the field is required, found nothing; it has a field contxt',
    ]);
  });

  it('is invalid also where a failed expression becomes null', () => {
    const target = object({ x: { type: ['string', 'null'] } });
    expect(check({ x: '{{upper($.user.age)}}' }, target, { onExpressionError: 'Null' })[0]).toBe('invalid');
  });
});

describe('a mapping of which it cannot be told', () => {
  it.each<[Json, JsonSchema, string]>([
    [
      '{{$.anything}}',
      TEXT,
      'x {{$.anything}}: expected string, found an unknown value; the schema says nothing about it',
    ],
    [
      '{{$.user.nick}}',
      TEXT,
      'x {{$.user.nick}}: expected string, found null for a missing value; the value may be missing, and is null then',
    ],
    [
      '{{$.headers.host}}',
      TEXT,
      'x {{$.headers.host}}: expected string, found null for a missing value; the value may be missing, and is null then',
    ],
    [
      '{{$.user.age / 2}}',
      { type: 'integer' },
      'x {{$.user.age / 2}}: expected integer, found number; a number may have a fraction',
    ],
    [
      '{{$.user.name}}',
      { ...TEXT, minLength: 1 },
      'x {{$.user.name}}: expected string with minLength 1, found string; it may break that rule',
    ],
    [
      '{{$.user.name}}',
      { enum: ['a', 'b'] },
      'x {{$.user.name}}: expected "a" or "b", found string; not every such value is one of those',
    ],
    [
      '{{$.anything + 1}}',
      { type: 'number' },
      'x {{$.anything + 1}}: expected two numbers, or two strings, found an unknown value + 1; it fails for some of the values',
    ],
    [
      '{{$.user.tags[*]}}',
      { type: 'array', items: TEXT },
      'x {{$.user.tags[*]}}: expected array of string, found string; a path with several matches gives an array, but one match gives the value itself',
    ],
    [
      '{{$.user}}',
      { not: {} },
      'x {{$.user}}: expected what the schema allows, found object with name, age, nick, tags; the schema says not, which is not followed',
    ],
  ])('%j into %j: cannot tell', (value, schema, text) => {
    expect(field(value, schema)).toEqual(['unknown', text]);
  });

  it('is not certain that a branch which is not always taken fails', () => {
    expect(field('{{$.ok ? upper($.user.age) : 1}}', {})[0]).toBe('unknown');
  });
});

describe('the work of a check', () => {
  it('ends, however many alternatives there are', () => {
    const alternatives = (type: string, depth: number): JsonSchema =>
      depth === 0
        ? { type }
        : {
            anyOf: Array.from({ length: 6 }, (_, index) =>
              object({ [`f${index}`]: alternatives(type, depth - 1), same: alternatives(type, depth - 1) }),
            ),
          };
    const from = flowNode('a', { out: outPort(alternatives('string', 4)) });
    const to = flowNode('b', { in: inPort(alternatives('number', 4)) });
    const { verdict } = checkEdge(edge('e', 'out', 'b:in'), { from, target: to }).verdict;
    expect(verdict).not.toBe('valid');
  });

  it('refuses a mapping that nests too deeply, as the template does', () => {
    const nested = Array.from({ length: 200 }).reduce<Json>((inner) => ({ x: inner }), 'end');
    expect(check(nested, {})[1]).toContain('the mapping nests more than 64 levels deep');
  });
});

describe('a secret in a mapping', () => {
  it('is not shown', () => {
    const said = field('hunter2', { type: 'integer', secret: true });
    expect(said).toEqual(['invalid', 'x: expected integer, found a string, which is not shown']);
  });
});

describe('the ends of an edge', () => {
  const from = flowNode('server', { request: outPort(TEXT) }, { component: 'http_server' });
  const target = flowNode('greeter', { input: inPort(TEXT), _settings: inPort({}) }, { component: 'router' });
  const texts = (
    port: string,
    to: string,
    nodes: { readonly target?: FlowNode | undefined; readonly from?: FlowNode } = { target },
  ) => {
    const options = { from: nodes.from ?? from, target: nodes.target, nodeNames: ['server', 'greeter'] };
    const { verdict } = checkEdge(edge('e', port, to), options);
    return [verdict.verdict, ...verdict.findings.map(findingText)];
  };

  it('must be ports that the nodes have', () => {
    expect(texts('request', 'greeter:input')).toEqual(['valid']);
    expect(texts('requst', 'greeter:input')).toEqual([
      'invalid',
      'expected one of the out ports of server (http_server): request, found the out port requst (did you mean request?)',
    ]);
    expect(texts('request', 'greeter:inpt')).toEqual([
      'invalid',
      'expected one of the in ports of greeter (router): input, found the in port inpt (did you mean input?)',
    ]);
    expect(texts('request', 'greeter:_settings')[0]).toBe('invalid');
  });

  it('must be nodes that are there', () => {
    expect(texts('request', 'greter:input', { target: undefined })).toEqual([
      'invalid',
      'expected a TinyNode in the same namespace, found no TinyNode greter (did you mean greeter?)',
    ]);
  });

  it('cannot be told when the node may have more ports', () => {
    const open = { ...target, morePorts: 'the module is not running' };
    expect(texts('request', 'greeter:inpt', { target: open })[0]).toBe('unknown');
  });
});
