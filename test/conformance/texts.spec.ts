import { MERGE, openBackend, type Backend } from './backend.ts';
import { needs } from './needs.ts';
import { GROUP, widget } from './widget.ts';

describe('what the server says', () => {
  let server: Backend;
  beforeAll(async () => (server = await openBackend()));
  afterAll(() => server[Symbol.asyncDispose]());

  const select = async (labels: string): Promise<string> =>
    (await server.get(`${server.widgets}?labelSelector=${encodeURIComponent(labels)}`)).body.message;

  it.each([
    ['a=b=c', "found '=', expected: ',' or 'end of string'"],
    ['a,', "found '', expected: identifier after ','"],
    ['a in b', "unable to parse requirement: found 'b' expected: '('"],
    ['a in (b', "unable to parse requirement: found '', expected: ',' or ')'"],
    ['(a)', "found '(', expected: !, identifier, or 'end of string'"],
  ])('of the label selector %s', async (labels, message) => {
    expect(await select(labels)).toBe(message);
  });

  needs('presentWording')('of a label selector that compares with a text', async () => {
    expect(await select('a>b')).toBe(
      "unable to parse requirement: values[0]: Invalid value: \"b\": for 'Gt', 'Lt' operators, the value must be an integer",
    );
  });

  it('takes label selectors of every form', async () => {
    await server.post(
      server.widgets,
      widget('a', { size: 1 }, { labels: { tier: 'web', weight: '5', in: 'x' } }),
    );
    const names = async (labels: string): Promise<string[]> => {
      const { body } = await server.get(`${server.widgets}?labelSelector=${encodeURIComponent(labels)}`);
      return body.items.map(({ metadata }: any) => metadata.name);
    };
    const matching = [
      'tier=web',
      'tier == web',
      'tier in (web, db)',
      'tier notin (db)',
      'tier',
      '!none',
      'weight>4',
      'in=x',
    ];
    for (const labels of matching) expect([labels, await names(labels)]).toEqual([labels, ['a']]);
    const others = ['tier!=web', 'tier in (db)', '!tier', 'weight<5', 'none>1', 'tier=,weight'];
    for (const labels of others) expect([labels, await names(labels)]).toEqual([labels, []]);
  });

  it('of bodies that are not JSON', async () => {
    const message = async (text: string): Promise<string> =>
      (await server.post(server.widgets, text)).body.message;
    expect(await message('{"a":1,}')).toContain(
      "invalid character '}' looking for beginning of object key string",
    );
    expect(await message('{"a" 1}')).toContain("invalid character '1' after object key");
    expect(await message('{"a":tru}')).toContain("invalid character '}' in literal true (expecting 'e')");
    expect(await message('{"a":1')).toContain('unexpected end of JSON input');
  });

  it('of a page that it did not give out', async () => {
    const { status, body } = await server.get(`${server.widgets}?limit=2&continue=garbage`);
    expect([status, body.message]).toEqual([
      400,
      "invalid continue token: continue key is not valid: invalid character '\\u0081' looking for beginning of value",
    ]);
  });

  needs('fieldValidation')('warns of fields that it drops, also when it refuses the object', async () => {
    const refused = await server.post(server.widgets, widget('w', { size: 1000, bogus: 1 }));
    expect([refused.status, refused.headers.warning]).toEqual([
      422,
      '299 - "unknown field \\"spec.bogus\\""',
    ]);
    const other = { ...widget('w'), apiVersion: `${GROUP}/v7` };
    const unknown = await server.post(server.widgets, other);
    expect([unknown.status, unknown.headers.warning]).toEqual([400, '299 - "unknown field \\"spec\\""']);
  });

  needs('presentWording')('judges a status by itself, and what a scale could not show', async () => {
    await server.post(server.widgets, widget('s'));
    const { status, body } = await server.patch(`${server.widgets}/s/status`, MERGE, {
      status: { replicas: 'many' },
    });
    const texts = body.details.causes.map((cause: any) => `${cause.field}: ${cause.message}`);
    expect([status, texts]).toEqual([
      422,
      expect.arrayContaining([
        '.status.replicas: Invalid value: 0: .status.replicas accessor error: many is of the type string, expected int64',
        'status.replicas: Invalid value: "string": replicas in body must be of type integer: "string"',
      ]),
    ]);
  });

  it('names a cause once in its message, however often it has found it', async () => {
    await server.post(server.widgets, widget('f', { size: 1 }, { finalizers: ['example.com/hold'] }));
    await server.delete(`${server.widgets}/f`);
    const finalizers = ['example.com/hold', 'example.com/more'];
    const { status, body } = await server.patch(`${server.widgets}/f`, MERGE, { metadata: { finalizers } });
    await server.patch(`${server.widgets}/f`, MERGE, { metadata: { finalizers: null } });
    expect([status, body.message]).toEqual([
      422,
      `Widget.${GROUP} "f" is invalid: metadata.finalizers: Forbidden: no new finalizers can be added if the object is ` +
        'being deleted, found new finalizers []string{"example.com/more"}',
    ]);
  });

  needs('presentBuiltIns')(
    'names the member of a type whose value does not fit, not the key below it',
    async () => {
      const { body } = await server.post(server.configMaps, {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'c' },
        data: { a: 1 },
      });
      expect(body.message).toBe(
        'ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal number into Go struct field ConfigMap.data of type string',
      );
    },
  );
});
