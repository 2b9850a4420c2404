import { openBackend, MERGE, type Backend } from './backend.ts';
import { needs } from './needs.ts';
import { GROUP, widget } from './widget.ts';

const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';

describe('watches', () => {
  let server: Backend;
  beforeAll(async () => (server = await openBackend()));
  afterAll(() => server[Symbol.asyncDispose]());

  const revision = async (): Promise<string> =>
    (await server.get(server.widgets)).body.metadata.resourceVersion;
  const lifeOf = async (name: string): Promise<void> => {
    await server.post(server.widgets, widget(name, { size: 1 }, { labels: { watch: 'yes' } }));
    await server.patch(`${server.widgets}/${name}`, MERGE, { spec: { size: 2 } });
    await server.patch(`${server.widgets}/${name}`, MERGE, { metadata: { labels: { watch: 'no' } } });
    await server.delete(`${server.widgets}/${name}`);
  };
  const types = (events: any[]): string[] => events.map(({ type }) => type);

  it('send their headers before the first event', async () => {
    using watch = await server.watch(`${server.widgets}?watch=1&resourceVersion=${await revision()}`);
    expect([watch.status, watch.headers['content-type'], watch.events]).toEqual([
      200,
      'application/json',
      [],
    ]);
  });

  it('resume after a version with everything that happened since, in rising versions', async () => {
    const from = await revision();
    await lifeOf('resumed');
    using watch = await server.watch(`${server.widgets}?watch=1&resourceVersion=${from}`);
    const events = await watch.first(4);
    expect(types(events)).toEqual(['ADDED', 'MODIFIED', 'MODIFIED', 'DELETED']);
    const versions = events.map(({ object }) => Number(object.metadata.resourceVersion));
    expect(versions).toEqual(versions.toSorted((a, b) => a - b));
    expect(new Set(versions).size).toBe(4);
    expect(events[3].object.spec.size).toBe(2);
  });

  it('show an object that leaves the selector as DELETED', async () => {
    const from = await revision();
    await lifeOf('leaving');
    using watch = await server.watch(
      `${server.widgets}?watch=1&labelSelector=watch%3Dyes&timeoutSeconds=1&resourceVersion=${from}`,
    );
    expect(types(await watch.all())).toEqual(['ADDED', 'MODIFIED', 'DELETED']);
  });

  it('begin with what is there when no version is given', async () => {
    await server.post(server.widgets, widget('present'));
    using watch = await server.watch(`${server.widgets}?watch=1&fieldSelector=metadata.name%3Dpresent`);
    const [event] = await watch.first(1);
    await server.delete(`${server.widgets}/present`);
    expect([event.type, event.object.metadata.name]).toEqual(['ADDED', 'present']);
  });

  it('end after timeoutSeconds', async () => {
    using watch = await server.watch(
      `${server.widgets}?watch=1&resourceVersion=${await revision()}&timeoutSeconds=1`,
    );
    expect(await watch.all()).toEqual([]);
  });

  needs('watchList')('mark the end of the initial objects with a bookmark', async () => {
    await server.post(server.widgets, widget('initial', { size: 1 }, { labels: { set: 'initial' } }));
    const query = 'watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
    using watch = await server.watch(`${server.widgets}?${query}&labelSelector=set%3Dinitial`);
    const [added, bookmark] = await watch.first(2);
    expect([added.type, added.object.metadata.name]).toEqual(['ADDED', 'initial']);
    expect(bookmark).toEqual({
      type: 'BOOKMARK',
      object: {
        kind: 'Widget',
        apiVersion: `${GROUP}/v1`,
        metadata: {
          resourceVersion: expect.any(String),
          annotations: { 'k8s.io/initial-events-end': 'true' },
        },
      },
    });
  });

  needs('watchList')('refuse initial events without the match rule', async () => {
    const { status, body } = await server.get(
      `${server.widgets}?watch=1&sendInitialEvents=true&allowWatchBookmarks=true`,
    );
    expect([status, body.details.causes[0].field]).toEqual([422, 'resourceVersionMatch']);
  });

  it('answer a version that is too old with an ERROR event 410', async () => {
    using watch = await server.watch(`${server.widgets}?watch=1&resourceVersion=1`);
    const [event] = await watch.all();
    expect([watch.status, event.type, event.object.code, event.object.reason]).toEqual([
      200,
      'ERROR',
      410,
      'Expired',
    ]);
  });

  it('wait when the version does not exist yet', async () => {
    using watch = await server.watch(
      `${server.widgets}?watch=1&resourceVersion=999999999999&timeoutSeconds=1`,
    );
    expect([watch.status, await watch.all()]).toEqual([200, []]);
  });

  it('describe the columns of a table in the first event only', async () => {
    const from = await revision();
    await lifeOf('tabled');
    using watch = await server.watch(`${server.widgets}?watch=1&resourceVersion=${from}`, { accept: TABLE });
    const events = await watch.first(2);
    expect(
      events.map(({ object }) => [
        object.kind,
        object.columnDefinitions?.length,
        object.rows[0].cells.length,
      ]),
    ).toEqual([
      ['Table', 5, 5],
      ['Table', undefined, 5],
    ]);
  });
});
