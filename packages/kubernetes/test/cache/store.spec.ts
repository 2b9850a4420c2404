import { Store } from '../../src/cache/store.ts';
import type { Change } from '../../src/cache/store.ts';
import { widget } from '../widget.ts';
import type { Widget } from '../widget.ts';

describe('Store', () => {
  it('tells an add, an update with the old object, and a delete', () => {
    const store = new Store<Widget>();
    const [first, second, last] = [widget('a', 1), widget('a', 2), widget('a', 3)];

    expect(store.upsert(first)).toEqual([{ type: 'add', object: first }]);
    expect(store.upsert(second)).toEqual([{ type: 'update', object: second, old: first }]);
    expect(store.remove(last)).toEqual([{ type: 'delete', object: last }]);
    expect(store.size).toBe(0);
  });

  it('keeps what objects have in common once', () => {
    const store = new Store<Widget>();
    store.upsert(widget('a', 1, { spec: { color: 'red' }, status: { phase: 'Ready' } }));
    store.upsert(widget('a', 2, { spec: { color: 'blue' }, status: { phase: 'Ready' } }));
    const [a] = store.list();
    store.upsert(widget('b', 3, { spec: { color: 'blue' }, status: { phase: 'Gone' } }));
    const b = store.get('default', 'b');

    expect(a?.spec).toEqual({ color: 'blue' });
    expect(b?.spec).toBe(a?.spec);
    expect(b?.status).toEqual({ phase: 'Gone' });
  });

  it('ignores events it has seen, and older ones', () => {
    const store = new Store<Widget>();
    store.upsert(widget('a', 10));

    expect(store.upsert(widget('a', 10))).toEqual([]);
    expect(store.upsert(widget('a', 9))).toEqual([]);
    expect(store.get('default', 'a')?.metadata.resourceVersion).toBe('10');
  });

  it('does not delete an object because the deletion of its predecessor is told again', () => {
    const store = new Store<Widget>();
    store.upsert(widget('a', 10, { metadata: { uid: 'new' } }));

    expect(store.remove(widget('a', 8, { metadata: { uid: 'old' } }))).toEqual([]);
    expect(store.size).toBe(1);
  });

  it('does not delete an object because a deletion is told that is older than its state', () => {
    const store = new Store<Widget>();
    store.upsert(widget('a', 10));

    expect(store.remove(widget('a', 9))).toEqual([]);
    expect(show(store.remove(widget('a', 11)))).toEqual(['delete a@11']);
  });

  it('deletes an object when a successor it never saw was deleted', () => {
    const store = new Store<Widget>();
    store.upsert(widget('a', 10, { metadata: { uid: 'old' } }));

    expect(show(store.remove(widget('a', 14, { metadata: { uid: 'new' } })))).toEqual(['delete a@10']);
  });

  it('tells a delete and an add when an object was created anew', () => {
    const store = new Store<Widget>();
    store.upsert(widget('a', 1, { metadata: { uid: 'old' } }));

    expect(show(store.upsert(widget('a', 5, { metadata: { uid: 'new' } })))).toEqual([
      'delete a@1',
      'add a@5',
    ]);
  });

  it('tells the differences to a complete list', () => {
    const store = new Store<Widget>();
    for (const name of ['same', 'changed', 'gone', 'anew']) store.upsert(widget(name, 5));

    const changes = store.replace([
      widget('same', 5),
      widget('changed', 8),
      widget('anew', 9, { metadata: { uid: 'other' } }),
      widget('new', 7),
    ]);

    expect(show(changes)).toEqual([
      'delete gone@5',
      'update changed@8',
      'delete anew@5',
      'add anew@9',
      'add new@7',
    ]);
  });

  it('believes a complete list even where its versions are lower', () => {
    const store = new Store<Widget>();
    store.upsert(widget('a', 100));

    expect(show(store.replace([widget('a', 3)]))).toEqual(['update a@3']);
  });

  it('finds objects by index, also after they moved in it', () => {
    const store = new Store<Widget>({ color: ({ spec }) => (spec?.color ? [spec.color] : []) });
    store.upsert(widget('a', 1, { spec: { color: 'red' } }));
    store.upsert(widget('b', 2, { spec: { color: 'red' } }));
    store.upsert(widget('a', 3, { spec: { color: 'blue' } }));
    expect(store.byIndex('color', 'red').map(({ metadata }) => metadata.name)).toEqual(['b']);
    expect(store.byIndex('color', 'blue').map(({ metadata }) => metadata.name)).toEqual(['a']);

    store.remove(widget('b', 4));

    expect(store.byIndex('color', 'red')).toEqual([]);
    expect(() => store.byIndex('size', '1')).toThrow('There is no index "size"');
  });

  it('freezes what it hands out', () => {
    const store = new Store<Widget>();
    store.upsert(widget('a', 1, { spec: { size: 1 } }));
    const stored = store.get('default', 'a') as { spec: { size: number } };

    expect(() => (stored.spec.size = 2)).toThrow(TypeError);
  });
});

function show(changes: readonly Change<Widget>[]): string[] {
  return changes.map(
    ({ type, object: { metadata } }) => `${type} ${metadata.name}@${metadata.resourceVersion}`,
  );
}
