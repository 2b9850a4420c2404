import type { Storage, StorageContent } from './storage.ts';

/** Forgets everything with the process. */
export class MemoryStorage implements Storage {
  load(): StorageContent {
    return { revision: 1, entries: [] };
  }

  async commit(): Promise<void> {
    // The object store itself holds the objects.
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Nothing is open.
  }
}
