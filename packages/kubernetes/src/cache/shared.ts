/**
 * Freezes a JSON value, so that all readers can share one copy, and keeps what it has in common with `model` only once:
 * equal parts become the very objects and strings of the model. Objects of one type repeat most of their content.
 *
 * @param value - belongs to the caller, who hands it over; one that is frozen already is left as it is.
 * @param model - a value that went through here earlier.
 * @returns `model` itself when nothing differs.
 */
export function shared<T>(value: T, model: unknown): T {
  if (!isObject(value)) return value === model ? (model as T) : value;
  if (value === model || Object.isFrozen(value)) return value;
  const alike = isObject(model) && Array.isArray(model) === Array.isArray(value) ? model : {};
  const parts: Parts = value;
  const keys = Object.keys(parts);
  const modelKeys = Object.keys(alike);
  let isSame = alike === model && keys.length === modelKeys.length;
  for (const [index, key] of keys.entries()) {
    const known = Object.hasOwn(alike, key) ? alike[key] : undefined;
    const part = shared(parts[key], known);
    parts[key] = part;
    // The order of keys is part of a value: a schema is shown in it.
    isSame &&= part === known && key === modelKeys[index];
  }
  return isSame ? (model as T) : Object.freeze(value);
}

type Parts = Record<string, unknown>;

function isObject(value: unknown): value is Parts {
  return typeof value === 'object' && value !== null;
}
