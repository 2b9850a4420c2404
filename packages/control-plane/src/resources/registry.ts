import type { ObjectStore } from '../storage/object-store.ts';
import { BUILTIN_KINDS } from './builtin-kinds.ts';
import { CRD_DEFINITION, definitionFromCrd } from './crd.ts';
import type { Resource, ResourceDefinition } from './definition.ts';

/** A group and the versions it serves, preferred first. */
export interface ApiGroup {
  readonly name: string;
  readonly versions: readonly string[];
}

/** Which kinds are served: the built-in ones and one for each stored CustomResourceDefinition. */
export class Registry {
  readonly #definitions = new Map<string, ResourceDefinition>();
  #generation = 0;

  constructor(store: ObjectStore) {
    for (const definition of [...BUILTIN_KINDS, CRD_DEFINITION]) this.#add(definition);
    for (const [, crd] of store.list(CRD_DEFINITION.storedAs) ?? []) this.#add(definitionFromCrd(crd));
    store.subscribe((event) => {
      if (event.resource !== CRD_DEFINITION.storedAs) return;
      if (event.type === 'DELETED') this.#definitions.delete(event.key);
      else this.#add(definitionFromCrd(event.object));
      this.#generation += 1;
    });
  }

  /** Rises whenever a kind comes, changes or goes; whoever derives something from the kinds can compare it. */
  get generation(): number {
    return this.#generation;
  }

  /** The resource behind a path, if its version is served. */
  find(group: string, version: string, plural: string): Resource | undefined {
    const definition = this.#definitions.get(`${plural}.${group}`);
    const found = definition?.versions.find((candidate) => candidate.name === version && candidate.isServed);
    return definition && found ? { definition, version: found } : undefined;
  }

  /** The kind whose objects are kept under `storedAs`. */
  storedAs(storedAs: string): ResourceDefinition | undefined {
    return this.definitions().find((definition) => definition.storedAs === storedAs);
  }

  /** Whether owner references may name this kind. */
  hasKind(apiVersion: string, kind: string): boolean {
    const [version = '', group = ''] = apiVersion.split('/').toReversed();
    return this.resources(group, version).some(({ definition }) => definition.kind === kind);
  }

  /** Every kind. */
  definitions(): readonly ResourceDefinition[] {
    return [...this.#definitions.values()];
  }

  /** The groups in the order of discovery: core, built-in, then by name. */
  groups(): readonly ApiGroup[] {
    const versions = new Map<string, Set<string>>();
    for (const definition of this.#definitions.values()) {
      const known = versions.get(definition.group) ?? new Set<string>();
      versions.set(definition.group, known);
      for (const version of definition.versions) if (version.isServed) known.add(version.name);
    }
    return [...versions]
      .filter(([, served]) => served.size > 0)
      .map(([name, served]) => ({ name, versions: [...served] }));
  }

  /** What one group and version serves, by plural. */
  resources(group: string, version: string): readonly Resource[] {
    return this.definitions()
      .filter((definition) => definition.group === group)
      .map((definition) => this.find(group, version, definition.plural))
      .filter((resource) => resource !== undefined)
      .toSorted((a, b) => (a.definition.plural < b.definition.plural ? -1 : 1));
  }

  #add(definition: ResourceDefinition): void {
    this.#definitions.set(`${definition.plural}.${definition.group}`, definition);
  }
}
