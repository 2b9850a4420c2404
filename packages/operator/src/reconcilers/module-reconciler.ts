import type { TinyModule } from '@tinysystems/api';
import { type ObjectKey, parseKey } from '@tinysystems/kubernetes';
import type { AddressBook, Endpoint } from '@tinysystems/transport';
import type { Caches } from '../resources/caches.ts';

/** Keeps the address book as the TinyModules say. On every replica. */
export class ModuleReconciler {
  readonly #caches: Caches;
  readonly #book: AddressBook;

  constructor(caches: Caches, book: AddressBook) {
    this.#caches = caches;
    this.#book = book;
  }

  async reconcile(key: ObjectKey): Promise<void> {
    const { namespace, name } = parseKey(key);
    const module = this.#caches.modules.lister.get(namespace, name);
    if (module === undefined) this.#book.delete(name);
    else this.#book.set(name, endpointsOf(module));
  }
}

/** The live replicas; a module that publishes none is reached at its one address. */
function endpointsOf(module: TinyModule): readonly Endpoint[] {
  const { endpoints = [], addr } = module.status ?? {};
  if (endpoints.length > 0) return endpoints.map((endpoint) => ({ pod: endpoint.pod, addr: endpoint.addr }));
  return addr === undefined || addr === '' ? [] : [{ pod: module.metadata.name ?? '', addr }];
}
