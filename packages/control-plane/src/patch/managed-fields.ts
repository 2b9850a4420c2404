import { StatusError, type Cause } from '../http/status.ts';
import type { ManagedFieldsEntry } from '../kube-object.ts';
import type { Comparison } from './compare.ts';
import {
  difference,
  fieldSetFrom,
  fieldsV1From,
  intersection,
  isDisjoint,
  isBelow,
  isSameSet,
  showPath,
  union,
  type FieldSet,
} from './field-set.ts';

/** Who writes, and how. */
export interface Manager {
  readonly name: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  readonly subresource: string | undefined;
}

interface Owned {
  readonly manager: Manager;
  readonly fields: FieldSet;
  readonly time: string | undefined;
  /** What it was read from; absent for what a write has changed. */
  readonly entry?: ManagedFieldsEntry;
}

/** More updaters than this are folded into one entry, the oldest first. */
const MAX_UPDATERS = 10;
const FOLDED_MANAGER = 'ancient-changes';

/** Who owns which fields of one object. Immutable: every change gives a new value. */
export class ManagedFields {
  readonly #owners: readonly Owned[];

  private constructor(owners: readonly Owned[]) {
    this.#owners = owners.filter(({ fields }) => fields.size > 0);
  }

  /** Reads `metadata.managedFields`. */
  static from(entries: readonly ManagedFieldsEntry[] | undefined): ManagedFields {
    const owners = (entries ?? []).map((entry) => ({
      manager: {
        name: entry.manager ?? '',
        operation: entry.operation ?? 'Update',
        apiVersion: entry.apiVersion ?? '',
        subresource: entry.subresource,
      },
      fields: fieldSetFrom(entry.fieldsV1),
      time: entry.time,
      entry,
    }));
    return new ManagedFields(owners);
  }

  /** The fields that `manager` owns. */
  fieldsOf(manager: Manager): FieldSet {
    return this.#find(manager)?.fields ?? new Set();
  }

  /** After an update: `manager` owns what changed, and nobody owns what is gone. */
  afterUpdate(manager: Manager, { added, modified, removed }: Comparison): ManagedFields {
    const changed = union(added, modified);
    const own = difference(union(this.fieldsOf(manager), changed), removed);
    return this.#release(manager, union(changed, removed)).#with(manager, own);
  }

  /** After an apply: `manager` owns exactly what its configuration claims; what changed is taken from the others. */
  afterApply(manager: Manager, claimed: FieldSet, { added, modified, removed }: Comparison): ManagedFields {
    return this.#release(manager, union(added, modified, removed)).#with(manager, claimed);
  }

  /**
   * The fields that `manager` gives up by no longer claiming them and that nobody else owns.
   * A container stays as long as somebody else owns something in it.
   */
  abandonedBy(manager: Manager, claimed: FieldSet): FieldSet {
    const others = this.#owners
      .filter((owner) => !isSameManager(owner.manager, manager))
      .map(({ fields }) => fields);
    const kept = [...union(claimed, ...others)];
    const keptSet = new Set(kept);
    const isNeeded = (path: string): boolean =>
      keptSet.has(path) || kept.some((other) => isBelow(other, path));
    return new Set([...this.fieldsOf(manager)].filter((path) => !isNeeded(path)));
  }

  /** @throws StatusError 409 when `manager` would change fields that others own. */
  refuseConflicts(manager: Manager, { added, modified }: Comparison): void {
    const changed = union(added, modified);
    const conflicts = this.#owners
      .filter((owner) => !isSameManager(owner.manager, manager))
      .map((owner) => ({
        owner: owner.manager,
        paths: [...intersection(owner.fields, changed)].map(showPath).toSorted(),
      }))
      .filter(({ paths }) => paths.length > 0);
    if (conflicts.length > 0) throw conflictError(conflicts);
  }

  /**
   * The entries for `metadata.managedFields`.
   *
   * @param change - whose entry gets which time, when it differs from `before`.
   */
  toEntries(
    before: ManagedFields,
    change: { readonly manager: Manager; readonly time: string | undefined },
  ): readonly ManagedFieldsEntry[] {
    const dated = this.#owners.map((owner) => {
      if (!isSameManager(owner.manager, change.manager)) return owner;
      const known = before.#find(owner.manager);
      const isSame = known !== undefined && isSameSet(known.fields, owner.fields);
      const { fields, manager } = owner;
      return isSame ? owner : { manager, fields, time: change.time ?? known?.time };
    });
    return folded(dated.toSorted(byOperationAndTime)).map(entryFrom);
  }

  #find(manager: Manager): Owned | undefined {
    return this.#owners.find((owner) => isSameManager(owner.manager, manager));
  }

  #release(manager: Manager, fields: FieldSet): ManagedFields {
    return new ManagedFields(
      this.#owners.map((owner) => {
        if (isSameManager(owner.manager, manager) || isDisjoint(owner.fields, fields)) return owner;
        return { manager: owner.manager, fields: difference(owner.fields, fields), time: owner.time };
      }),
    );
  }

  #with(manager: Manager, fields: FieldSet): ManagedFields {
    const others = this.#owners.filter((owner) => !isSameManager(owner.manager, manager));
    const known = this.#find(manager);
    // An applier may come in another version.
    const isSame = known?.manager.apiVersion === manager.apiVersion && isSameSet(known.fields, fields);
    return new ManagedFields([...others, isSame ? known : { manager, fields, time: known?.time }]);
  }
}

function isSameManager(a: Manager, b: Manager): boolean {
  const isSameWriter = a.name === b.name && a.operation === b.operation && a.subresource === b.subresource;
  // An applier is one owner in all versions; updaters are told apart by version.
  return isSameWriter && (a.operation === 'Apply' || a.apiVersion === b.apiVersion);
}

function byOperationAndTime(a: Owned, b: Owned): number {
  if (a.manager.operation !== b.manager.operation) return a.manager.operation === 'Apply' ? -1 : 1;
  const [left, right] = [`${a.time ?? ''} ${a.manager.name}`, `${b.time ?? ''} ${b.manager.name}`];
  return left < right ? -1 : left > right ? 1 : 0;
}

function folded(owners: readonly Owned[]): readonly Owned[] {
  const updaters = owners.filter(
    ({ manager }) => manager.operation === 'Update' && manager.subresource === undefined,
  );
  const excess = updaters.slice(0, Math.max(0, updaters.length - MAX_UPDATERS + 1));
  const [oldest] = excess;
  if (!oldest || excess.length < 2) return owners;
  const manager = { ...oldest.manager, name: FOLDED_MANAGER };
  const fold = { manager, fields: union(...excess.map(({ fields }) => fields)), time: excess.at(-1)?.time };
  return [...owners.filter((owner) => !excess.includes(owner)), fold].toSorted(byOperationAndTime);
}

function entryFrom({ manager, fields, time, entry }: Owned): ManagedFieldsEntry {
  if (entry) return entry;
  return {
    manager: manager.name,
    operation: manager.operation,
    apiVersion: manager.apiVersion,
    ...(time !== undefined && { time }),
    fieldsType: 'FieldsV1',
    fieldsV1: fieldsV1From(fields),
    ...(manager.subresource !== undefined && { subresource: manager.subresource }),
  };
}

interface Conflict {
  readonly owner: Manager;
  readonly paths: readonly string[];
}

function conflictError(conflicts: readonly Conflict[]): StatusError {
  const causes = conflicts.flatMap(({ owner, paths }) =>
    paths.map((field): Cause => ({
      reason: 'FieldManagerConflict',
      message: `conflict with ${show(owner)}`,
      field,
    })),
  );
  const texts = conflicts.map(({ owner, paths }) => {
    if (paths.length === 1) return `conflict with ${show(owner)}: ${paths[0]}`;
    return `conflicts with ${show(owner)}:\n${paths.map((path) => `- ${path}`).join('\n')}`;
  });
  const count = causes.length === 1 ? '1 conflict' : `${causes.length} conflicts`;
  return new StatusError(409, 'Conflict', `Apply failed with ${count}: ${texts.join('\n')}`, { causes });
}

function show({ name, operation, apiVersion, subresource }: Manager): string {
  const where = subresource === undefined ? '' : ` with subresource ${JSON.stringify(subresource)}`;
  return `${JSON.stringify(name)}${where}${operation === 'Update' ? ` using ${apiVersion}` : ''}`;
}
