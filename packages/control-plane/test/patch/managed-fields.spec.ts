import { compare } from '../../src/patch/compare.ts';
import { fieldSetFrom, fieldsV1From, showPath } from '../../src/patch/field-set.ts';
import { ManagedFields, type Manager } from '../../src/patch/managed-fields.ts';

const OPEN = { type: 'object' };

function updater(name: string): Manager {
  return { name, operation: 'Update', apiVersion: 'v1', subresource: undefined };
}

describe('field sets', () => {
  it('survive being written and read', () => {
    const fields = {
      'f:spec': {
        '.': {},
        'f:list': { 'k:{"name":"a"}': { '.': {}, 'f:name': {} } },
        'f:tags': { 'v:"x"': {} },
      },
    };
    expect(fieldsV1From(fieldSetFrom(fields))).toEqual(fields);
  });

  it('are shown as paths', () => {
    expect(
      [
        ...fieldSetFrom({
          'f:spec': {
            'f:ports': { 'k:{"name":"http","port":80}': { 'f:x': {} } },
            'f:tags': { 'v:"a"': {} },
          },
        }),
      ].map(showPath),
    ).toEqual(['.spec.ports[name="http",port=80].x', '.spec.tags[="a"]']);
  });
});

describe('ManagedFields', () => {
  it('fold the oldest updaters into one entry, so that the list cannot grow without end', () => {
    let managed = ManagedFields.from([]);
    let object = {};
    for (let index = 0; index < 30; index += 1) {
      const next = { ...object, [`field${index}`]: index };
      const manager = updater(`m${index}`);
      const before = managed;
      managed = managed.afterUpdate(manager, compare(object, next, OPEN));
      const time = `2026-01-01T00:00:${String(index).padStart(2, '0')}Z`;
      managed = ManagedFields.from(managed.toEntries(before, { manager, time }));
      object = next;
    }
    const entries = managed.toEntries(managed, { manager: updater('m29'), time: undefined });
    expect(entries).toHaveLength(10);
    expect(Object.keys(entries[0]?.fieldsV1 ?? {})).toHaveLength(21);
    expect(entries[0]?.manager).toBe('ancient-changes');
  });

  it('let nobody own a field that is gone', () => {
    const manager = updater('one');
    const managed = ManagedFields.from([]).afterUpdate(manager, compare({}, { a: 1, b: 2 }, OPEN));
    const after = managed.afterUpdate(updater('two'), compare({ a: 1, b: 2 }, { b: 2 }, OPEN));
    expect([...after.fieldsOf(manager)]).toEqual(['f:b']);
  });
});
