import { timestamp, type Clock } from '../clock.ts';
import { WorkLoop } from '../garbage/work-loop.ts';
import { jsonEqual, memberAt, type JsonObject } from '../json.ts';
import { stringAt, stringsAt, type KubeObject } from '../kube-object.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { CRD_DEFINITION } from './crd.ts';
import {
  acceptedNames,
  nameConditions,
  withAcceptedNames,
  withConditions,
  type CrdCondition,
} from './crd-conditions.ts';

/** Looks at the names of every CustomResourceDefinition and writes down whether they can be used. */
export class CrdController implements AsyncDisposable {
  readonly #store: ObjectStore;
  readonly #clock: Clock;
  readonly #loop: WorkLoop;
  readonly #unsubscribe: () => void;

  constructor({ store, clock }: { readonly store: ObjectStore; readonly clock: Clock }) {
    this.#store = store;
    this.#clock = clock;
    this.#loop = new WorkLoop({ clock, work: (name) => this.#look(name) });
    this.#unsubscribe = store.subscribe(({ resource, type, key, object }) => {
      if (resource !== CRD_DEFINITION.storedAs) return;
      // Names that become free may be wanted by another definition.
      if (type === 'DELETED') for (const name of this.#inGroup(object)) this.#loop.add(name);
      else this.#loop.add(key);
    });
  }

  /** Looks at what a stop has left behind. */
  start(): void {
    for (const [name] of this.#store.list(CRD_DEFINITION.storedAs) ?? []) this.#loop.add(name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#unsubscribe();
    await this.#loop[Symbol.asyncDispose]();
  }

  async #look(name: string): Promise<void> {
    const crd = this.#store.latest(CRD_DEFINITION.storedAs, name);
    if (!crd || crd.metadata.deletionTimestamp !== undefined) return;
    const conflict = this.#conflictOf(crd);
    const named = conflict ? crd : withAcceptedNames(crd, namesOf(crd));
    const next = withConditions(named, nameConditions(crd, conflict), timestamp(this.#clock));
    if (!jsonEqual(next, crd)) await this.#store.put(CRD_DEFINITION.storedAs, name, next);
  }

  #conflictOf(crd: KubeObject): CrdCondition | undefined {
    const others = this.#inGroup(crd)
      .filter((name) => name !== crd.metadata.name)
      .map((name) => this.#store.latest(CRD_DEFINITION.storedAs, name))
      .filter((other) => other !== undefined)
      .map(acceptedNames);
    const resources = new Set(others.flatMap(resourceNames));
    const kinds = new Set(others.flatMap((names) => [text(names, 'kind'), text(names, 'listKind')]));
    const names = namesOf(crd);
    const wanted: ReadonlyArray<readonly [string, string, ReadonlySet<string>]> = [
      ['Plural', text(names, 'plural'), resources],
      ['Singular', text(names, 'singular'), resources],
      ...stringsAt(names, 'shortNames').map((name) => ['ShortNames', name, resources] as const),
      ['Kind', text(names, 'kind'), kinds],
      ['ListKind', text(names, 'listKind'), kinds],
    ];
    const [conflict] = wanted.filter(([, name, taken]) => taken.has(name));
    if (!conflict) return undefined;
    const [what, name] = conflict;
    const message = `${JSON.stringify(name)} is already in use`;
    return { type: 'NamesAccepted', status: 'False', reason: `${what}Conflict`, message };
  }

  #inGroup(crd: KubeObject): readonly string[] {
    const group = stringAt(crd, 'spec', 'group');
    return [...(this.#store.list(CRD_DEFINITION.storedAs) ?? [])]
      .filter(([, other]) => stringAt(other, 'spec', 'group') === group)
      .map(([name]) => name);
  }
}

function namesOf(crd: KubeObject): JsonObject {
  return (memberAt(crd, ['spec', 'names']) ?? {}) as JsonObject;
}

function resourceNames(names: JsonObject): readonly string[] {
  return [text(names, 'plural'), text(names, 'singular'), ...stringsAt(names, 'shortNames')];
}

function text(names: JsonObject, member: string): string {
  return stringAt(names, member) ?? '';
}
