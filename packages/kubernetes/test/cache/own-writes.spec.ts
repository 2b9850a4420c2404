import { Store } from '../../src/cache/store.ts';
import type { Change } from '../../src/cache/store.ts';
import { isLaterVersion } from '../../src/resource-version.ts';
import { widget } from '../widget.ts';
import type { Widget } from '../widget.ts';

describe('Store with own writes', () => {
  it('shows an own write at once, and tells it once', () => {
    const store = synced(widget('a', 5));

    expect(show(store.write(widget('a', 12)))).toEqual(['update a@12']);
    expect(store.get('default', 'a')?.metadata.resourceVersion).toBe('12');
    expect(store.upsert(widget('a', 12))).toEqual([]);
  });

  it('does not go back when an older event arrives after an own write', () => {
    const store = synced(widget('a', 5));
    store.write(widget('a', 12));

    expect(store.upsert(widget('a', 11))).toEqual([]);
    expect(show(store.upsert(widget('a', 13)))).toEqual(['update a@13']);
  });

  it('keeps an own object that a list does not show yet, until a later list does not show it either', () => {
    const store = synced();
    store.listing();
    store.write(widget('new', 12));
    expect(store.replace([], '11')).toEqual([]);
    expect(store.get('default', 'new')).toBeDefined();

    store.listing();

    expect(show(store.replace([], '9'))).toEqual(['delete new@12']);
  });

  it('does not go back to a list that is older than an own write', () => {
    const store = synced(widget('a', 5));
    store.listing();
    store.write(widget('a', 12));

    expect(store.replace([widget('a', 5)], '11')).toEqual([]);
    expect(show(store.replace([widget('a', 14)], '14'))).toEqual(['update a@14']);
  });

  it.each([
    ['a bookmark', (store: Store<Widget>) => store.shownUpTo('12')],
    ['an event of another object', (store: Store<Widget>) => store.upsert(widget('other', 13))],
  ])('ends an own write that the watch leaves out with %s behind it', (_, pass) => {
    const store = synced(widget('a', 5));
    store.write(widget('unselected', 12));

    expect(show(pass(store))).toContain('delete unselected@12');
    expect(store.get('default', 'a')?.metadata.resourceVersion).toBe('5');
  });

  it('shows what the watch shows of an object that an own write took out of its selection', () => {
    const store = synced(widget('a', 5));
    store.write(widget('a', 12));

    expect(show(store.remove(widget('a', 12)))).toEqual(['delete a@12']);
  });

  it('ignores an answer that the watch has overtaken', () => {
    const store = synced(widget('a', 5));
    store.upsert(widget('b', 12));
    store.remove(widget('b', 13));

    expect(store.write(widget('b', 12))).toEqual([]);
  });

  it('hides an object that it deleted, whatever the watch still tells of it', () => {
    const store = synced(widget('a', 5));
    expect(show(store.erase(widget('a', 5)))).toEqual(['delete a@5']);
    expect(store.upsert(widget('a', 11))).toEqual([]);
    expect(store.shownUpTo('11')).toEqual([]);
    expect(store.remove(widget('a', 12))).toEqual([]);

    const successor = widget('a', 13, { metadata: { uid: 'successor' } });
    expect(show(store.upsert(successor))).toEqual(['add a@13']);
  });

  it('does not hide the successor of an object that it deleted', () => {
    const store = synced(widget('a', 5));
    store.erase(widget('a', 5));
    const successor = widget('a', 13, { metadata: { uid: 'successor' } });

    expect(show(store.upsert(successor))).toEqual(['add a@13']);
    expect(store.remove(widget('a', 12))).toEqual([]);
  });

  it('does not delete the successor that it created when the deletion of the predecessor is told', () => {
    const store = synced(widget('a', 5));
    const successor = widget('a', 13, { metadata: { uid: 'successor' } });
    expect(show(store.write(successor))).toEqual(['delete a@5', 'add a@13']);

    expect(store.remove(widget('a', 12))).toEqual([]);
    expect(store.upsert(successor)).toEqual([]);
    expect(store.get('default', 'a')?.metadata.uid).toBe('successor');
  });

  it('forgets all of it with a list of a server whose data was restored', () => {
    const store = synced(widget('a', 5));
    store.write(widget('a', 900));
    store.listing();

    expect(show(store.replace([widget('a', 7)], '8'))).toEqual(['update a@7']);
  });

  it('waits for the first list', () => {
    expect(new Store<Widget>().write(widget('a', 5))).toEqual([]);
  });

  it('never goes back, never tells a false delete, and ends equal to the server', () => {
    for (let seed = 0; seed < 300; seed += 1) {
      const world = new World(seed);
      for (let step = 0; step < 300; step += 1) world.step();
      world.catchUp();

      expect({ seed, problems: world.problems }).toEqual({ seed, problems: [] });
    }
  });
});

function synced(...objects: Widget[]): Store<Widget> {
  const store = new Store<Widget>();
  store.listing();
  store.replace(objects, '10');
  return store;
}

function show(changes: readonly Change<Widget>[]): string[] {
  return changes.map(
    ({ type, object: { metadata } }) => `${type} ${metadata.name}@${metadata.resourceVersion}`,
  );
}

type ServerEvent = readonly ['upsert' | 'remove', Widget];

/** A server that we and others write to, a watch that lags behind, lists that take their time, answers that are late. */
class World {
  readonly problems: string[] = [];
  readonly #store = new Store<Widget>();
  readonly #server = new Map<string, Widget>();
  readonly #log: ServerEvent[] = [];
  readonly #deletedUids = new Set<string>();
  readonly #told = new Map<string, Widget>();
  readonly #toldDeleted = new Set<string>();
  readonly #answers: (() => readonly Change<Widget>[])[] = [];
  #list: { readonly objects: Widget[]; readonly version: number; readonly at: number } | undefined;
  #version = 0;
  #shown = 0;
  #state: number;

  constructor(seed: number) {
    this.#state = seed * 7919 + 1;
    this.#startList();
    this.#endList();
  }

  step(): void {
    const choice = this.#below(10);
    if (choice < 3) this.#write(true);
    else if (choice < 5) this.#write(false);
    else if (choice < 8) this.#watch();
    else if (choice < 9) this.#answers.splice(0, 2).forEach((answer) => this.#tell(answer()));
    else if (this.#list === undefined) this.#startList();
    else this.#endList();
  }

  catchUp(): void {
    this.#answers.splice(0).forEach((answer) => this.#tell(answer()));
    if (this.#list !== undefined) this.#endList();
    while (this.#shown < this.#log.length) this.#watch();
    this.#tell(this.#store.shownUpTo(String(this.#version)));
    const versions = (objects: Iterable<Widget>): string[] =>
      [...objects].map(({ metadata }) => `${metadata.name}@${metadata.resourceVersion}`).toSorted();
    const [cache, server] = [versions(this.#store.list()), versions(this.#server.values())];
    if (cache.join() !== server.join()) this.problems.push(`${cache.join()} instead of ${server.join()}`);
    if (cache.join() !== versions(this.#told.values()).join())
      this.problems.push('the handlers missed something');
  }

  #write(isOwn: boolean): void {
    const name = 'abc'[this.#below(3)] ?? '';
    const old = this.#server.get(name);
    this.#version += 1;
    if (old !== undefined && this.#below(3) === 0) {
      this.#server.delete(name);
      this.#deletedUids.add(old.metadata.uid ?? '');
      this.#log.push(['remove', widget(name, this.#version, { metadata: { uid: old.metadata.uid ?? '' } })]);
      const cached = this.#store.get('default', name);
      if (isOwn && cached !== undefined) this.#answers.push(() => this.#store.erase(cached));
    } else {
      const uid = old?.metadata.uid ?? `${name}-${this.#version}`;
      const written = widget(name, this.#version, { metadata: { uid } });
      this.#server.set(name, written);
      this.#log.push(['upsert', written]);
      if (isOwn) this.#answers.push(() => this.#store.write(written));
    }
    if (this.#below(2) === 0) this.#answers.splice(-1).forEach((answer) => this.#tell(answer()));
  }

  #watch(): void {
    const event = this.#log[this.#shown];
    if (event === undefined || this.#list !== undefined) return;
    this.#shown += 1;
    const [type, object] = event;
    this.#tell(type === 'upsert' ? this.#store.upsert(object) : this.#store.remove(object));
  }

  #startList(): void {
    this.#store.listing();
    this.#list = { objects: [...this.#server.values()], version: this.#version, at: this.#log.length };
  }

  #endList(): void {
    if (this.#list === undefined) return;
    const { objects, version, at } = this.#list;
    this.#list = undefined;
    this.#shown = at;
    this.#tell(this.#store.replace(objects, String(version)));
  }

  #tell(changes: readonly Change<Widget>[]): void {
    for (const { type, object } of changes) {
      const { name = '', uid = '', resourceVersion } = object.metadata;
      const before = this.#told.get(name)?.metadata;
      if (type === 'delete' && !this.#deletedUids.has(uid)) this.problems.push(`false delete of ${uid}`);
      if (type !== 'delete' && isLaterVersion(before?.resourceVersion, resourceVersion))
        this.problems.push(`${name} went back from ${before?.resourceVersion} to ${resourceVersion}`);
      if (type !== 'delete' && this.#toldDeleted.has(uid)) this.problems.push(`${uid} came back to life`);
      if (type === 'delete') this.#toldDeleted.add(uid);
      if (type === 'delete') this.#told.delete(name);
      else this.#told.set(name, object);
    }
  }

  #below(count: number): number {
    this.#state = (this.#state * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((this.#state / 2 ** 31) * count);
  }
}
