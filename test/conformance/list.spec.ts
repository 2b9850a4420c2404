import { openBackend, type Backend } from './backend.ts';
import { needs } from './needs.ts';
import { configMap, GROUP, widget } from './widget.ts';

const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';
const PARTIAL = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';

describe('lists', () => {
  let server: Backend;
  beforeAll(async () => {
    server = await openBackend();
    await server.post(
      server.widgets,
      widget('c', { size: 5, color: 'green' }, { labels: { app: 'two', tier: 'y' } }),
    );
    await server.post(server.widgets, widget('a', { size: 3 }, { labels: { app: 'one' } }));
    await server.post(
      server.widgets,
      widget('b', { size: 4, color: 'green' }, { labels: { app: 'one', tier: 'x' } }),
    );
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const names = async (query: string): Promise<string[]> => {
    const { body } = await server.get(`${server.widgets}?${query}`);
    return body.items?.map((item: any) => item.metadata.name) ?? body.message;
  };

  it('are sorted by name and carry a version not older than any item', async () => {
    const { body } = await server.get(server.widgets);
    expect(body.items.map((item: any) => item.metadata.name)).toEqual(['a', 'b', 'c']);
    const newest = Math.max(...body.items.map((item: any) => Number(item.metadata.resourceVersion)));
    expect(Number(body.metadata.resourceVersion)).toBeGreaterThanOrEqual(newest);
    expect([body.kind, body.items[0].kind, body.items[0].apiVersion]).toEqual([
      'WidgetList',
      'Widget',
      `${GROUP}/v1`,
    ]);
  });

  it.each([
    ['app=one', ['a', 'b']],
    ['app in (one,two),tier', ['b', 'c']],
    ['!tier', ['a']],
    ['app notin (one)', ['c']],
    ['tier!=x', ['a', 'c']],
  ])('choose by the labels %s', async (selector, expected) => {
    expect(await names(`labelSelector=${encodeURIComponent(selector)}`)).toEqual(expected);
  });

  it.each([
    ['metadata.name=b', ['b']],
    ['metadata.name!=b', ['a', 'c']],
  ])('choose by the field %s', async (selector, expected) => {
    expect(await names(`fieldSelector=${encodeURIComponent(selector)}`)).toEqual(expected);
  });

  needs('selectableFields')('choose by a field that their kind names', async () => {
    expect(await names('fieldSelector=spec.color%3Dgreen')).toEqual(['b', 'c']);
  });

  it('refuse a field that is not selectable', async () => {
    expect(await names('fieldSelector=spec.size%3D3')).toBe('field label not supported: spec.size');
  });

  it('of a built-in kind say once what their items are', async () => {
    await server.post(server.configMaps, configMap('listed'));
    const { body } = await server.get(`${server.configMaps}?fieldSelector=metadata.name%3Dlisted`);
    const [{ kind, apiVersion, metadata }] = body.items;
    expect([body.kind, body.apiVersion]).toEqual(['ConfigMapList', 'v1']);
    expect([kind, apiVersion, metadata.name]).toEqual([undefined, undefined, 'listed']);
  });

  it('come in pages that see one state', async () => {
    const first = await server.get(`${server.widgets}?limit=2`);
    expect(first.body.metadata.remainingItemCount).toBe(1);
    await server.post(server.widgets, widget('bb'));
    const token = encodeURIComponent(first.body.metadata.continue);
    const second = await server.get(`${server.widgets}?limit=2&continue=${token}`);
    await server.delete(`${server.widgets}/bb`);
    expect(second.body.items.map((item: any) => item.metadata.name)).toEqual(['c']);
    expect(second.body.metadata.resourceVersion).toBe(first.body.metadata.resourceVersion);
  });

  it('refuse a version together with a continue token', async () => {
    const first = await server.get(`${server.widgets}?limit=1`);
    const token = encodeURIComponent(first.body.metadata.continue);
    const { status, body } = await server.get(
      `${server.widgets}?limit=1&resourceVersion=1&continue=${token}`,
    );
    expect([status, body.message]).toEqual([
      400,
      'specifying resource version is not allowed when using continue',
    ]);
  });

  it('answer 504 for a version that does not exist yet', async () => {
    const { status, headers } = await server.get(
      `${server.widgets}?resourceVersion=999999999999&resourceVersionMatch=NotOlderThan`,
    );
    expect([status, headers['retry-after']]).toEqual([504, '1']);
  });

  it('are tables for clients that ask for them', async () => {
    const { body } = await server.get(`${server.widgets}?limit=500`, { accept: TABLE });
    expect([body.kind, body.apiVersion]).toEqual(['Table', 'meta.k8s.io/v1']);
    expect(body.columnDefinitions.map(({ name, priority }: any) => [name, priority])).toEqual([
      ['Name', 0],
      ['Size', 0],
      ['Phase', 0],
      ['Color', 1],
      ['Age', 0],
    ]);
    expect(body.rows[0].cells).toEqual(['a', 3, null, 'red', expect.stringMatching(/^\d+[sm]/)]);
    expect(body.rows[0].object.kind).toBe('PartialObjectMetadata');
  });

  it('carry metadata alone for clients that ask for it', async () => {
    const { body } = await server.get(server.widgets, { accept: PARTIAL });
    expect([body.kind, body.items[0].kind, body.items[0].spec]).toEqual([
      'PartialObjectMetadataList',
      'PartialObjectMetadata',
      undefined,
    ]);
  });
});
