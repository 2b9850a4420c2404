import { openBackend, APPLY, JSON_PATCH, MERGE, type Backend } from './backend.ts';
import { GROUP } from './widget.ts';

const BIG = '9007199254740993';
const MAX = '9223372036854775807';
const MIN = '-9223372036854775808';

/** A body as text: a number in it would lose its digits here already. */
const body = (name: string, raw: string, more = ''): string =>
  `{"apiVersion":"${GROUP}/v1","kind":"Widget","metadata":{"name":"${name}"${more}},"spec":{"size":3,"raw":${raw}}}`;

describe('whole numbers of 64 bits', () => {
  let server: Backend;
  beforeAll(async () => (server = await openBackend()));
  afterAll(() => server[Symbol.asyncDispose]());

  const textOf = async (name: string): Promise<string> =>
    (await server.get(`${server.widgets}/${name}`)).text;

  it('keep their digits when an object is created, read, listed and watched', async () => {
    const created = await server.post(
      server.widgets,
      body('made', `{"max":${MAX},"min":[${MIN}],"safe":12}`),
    );
    expect([created.status, created.text]).toEqual([201, expect.stringContaining(`"max":${MAX}`)]);
    const { text: list } = await server.get(server.widgets);
    for (const text of [await textOf('made'), list]) {
      expect(text).toContain(`"max":${MAX}`);
      expect(text).toContain(`"min":[${MIN}]`);
      expect(text).toContain('"safe":12');
    }
    using watch = await server.watch(`${server.widgets}?watch=true&fieldSelector=metadata.name%3Dmade`);
    await watch.first(1);
    expect(watch.lines[0]).toContain(`"max":${MAX}`);
  });

  it('keep them when it is changed by a merge patch, a JSON patch or as a whole', async () => {
    await server.post(server.widgets, body('changed', `{"n":${BIG}}`));
    await server.patch(`${server.widgets}/changed`, MERGE, `{"spec":{"raw":{"m":${MAX}}}}`);
    const operations = `[{"op":"test","path":"/spec/raw/n","value":${BIG}},{"op":"add","path":"/spec/raw/p","value":${MIN}}]`;
    expect((await server.patch(`${server.widgets}/changed`, JSON_PATCH, operations)).status).toBe(200);
    const text = await textOf('changed');
    for (const part of [`"n":${BIG}`, `"m":${MAX}`, `"p":${MIN}`]) expect(text).toContain(part);

    const replaced = await server.put(`${server.widgets}/changed`, text.replace(BIG, '9007199254740995'));
    expect(replaced.text).toContain('"n":9007199254740995');
    expect(replaced.body.metadata.generation).toBe(4);
  });

  it('are told apart where a number would be the same', async () => {
    await server.post(server.widgets, body('told', `{"n":${BIG}}`));
    const operations = '[{"op":"test","path":"/spec/raw/n","value":9007199254740992}]';
    expect((await server.patch(`${server.widgets}/told`, JSON_PATCH, operations)).status).not.toBe(200);
    const same = await server.patch(`${server.widgets}/told`, MERGE, `{"spec":{"raw":{"n":${BIG}}}}`);
    expect(same.body.metadata.generation).toBe(1);
    const other = await server.patch(
      `${server.widgets}/told`,
      MERGE,
      '{"spec":{"raw":{"n":9007199254740992}}}',
    );
    expect(other.body.metadata.generation).toBe(2);
  });

  it('keep them when an object is applied', async () => {
    const applied = await server.patch(
      `${server.widgets}/applied?fieldManager=test`,
      APPLY,
      body('applied', `{"n":${BIG}}`),
    );
    expect(applied.status).toBe(201);
    expect(await textOf('applied')).toContain(`"n":${BIG}`);
  });

  it('keep them in YAML', async () => {
    const yaml = `apiVersion: ${GROUP}/v1\nkind: Widget\nmetadata: { name: yaml }\nspec: { size: 3, raw: { big: ${BIG}, small: 7, half: 0.5 } }\n`;
    const created = await server.post(server.widgets, yaml, { type: 'application/yaml' });
    expect(created.status).toBe(201);
    const text = await textOf('yaml');
    for (const part of [`"big":${BIG}`, '"small":7', '"half":0.5']) expect(text).toContain(part);
  });

  it('are whole numbers to a schema, with its bounds', async () => {
    const spec = (size: string, minSize: string): string =>
      `{"apiVersion":"${GROUP}/v1","kind":"Widget","metadata":{"name":"bounds"},"spec":{"size":${size},"minSize":${minSize}}}`;
    const large = await server.post(server.widgets, spec(MAX, '1'));
    expect(large.body.message).toContain('should be less than or equal to 100');
    const small = await server.post(server.widgets, spec('1', MIN));
    expect([small.status, small.text]).toEqual([201, expect.stringContaining(`"minSize":${MIN}`)]);
  });

  it('beyond 64 bits they are the nearest number', async () => {
    const created = await server.post(server.widgets, body('beyond', '{"n":9223372036854775809}'));
    expect([created.status, created.body.spec.raw.n]).toEqual([201, 2 ** 63]);
  });
});
