import { BareObject } from './bare-object.ts';

/** Every name that JSON values inherit from JavaScript. */
const INHERITED: ReadonlySet<string> = new Set(
  [Object.prototype, Array.prototype].flatMap((prototype) => Object.getOwnPropertyNames(prototype)),
);
const EMPTY: object = Object.freeze([]);

/** Whether plain objects and arrays inherit something of that name. */
export function isInherited(name: string): boolean {
  return INHERITED.has(name);
}

/** Whether an object has what JSON values inherit and nothing else. */
export function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as unknown;
  return (
    prototype === Object.prototype || prototype === Array.prototype || prototype === BareObject.prototype
  );
}

/** Whether somebody in this process has added to what every object inherits. */
export function isPolluted(): boolean {
  for (const _name in EMPTY) return true;
  return false;
}
