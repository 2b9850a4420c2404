import { isJsonObject, type JsonObject, type JsonValue, type MutableJsonObject } from '../json.ts';

/** RFC 7386: members replace, null removes, everything that is not an object replaces whole. */
export function mergePatch(target: JsonValue | undefined, patch: JsonValue): JsonValue {
  if (!isJsonObject(patch)) return patch;
  const merged: MutableJsonObject = { ...(isJsonObject(target) ? target : {}) };
  for (const [name, value] of Object.entries(patch)) {
    if (value === undefined) continue;
    if (value === null) delete merged[name];
    else merged[name] = mergePatch(merged[name], value);
  }
  return merged satisfies JsonObject;
}
