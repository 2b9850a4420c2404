import type { Json } from './json.ts';

/**
 * An object that inherits nothing: `__proto__` and `constructor` are keys like any other, and missing until they are
 * set. Made by a constructor, because V8 keeps what `Object.create(null)` makes in a hash table, five times as slow.
 */
export class BareObject {
  [key: string]: Json;
}

Object.setPrototypeOf(BareObject.prototype, null);
delete (BareObject.prototype as { constructor?: unknown }).constructor;
Object.freeze(BareObject.prototype);
