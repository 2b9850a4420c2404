const DECIMAL = /^[0-9]+$/;

/**
 * Whether `version` is later than `other`. Versions are decimal counters of one API server;
 * when either is missing or not a number there is no order and the answer is `undefined`.
 */
export function isLaterVersion(version: string | undefined, other: string | undefined): boolean | undefined {
  if (version === undefined || other === undefined) return undefined;
  if (!DECIMAL.test(version) || !DECIMAL.test(other)) return undefined;
  return version.length === other.length ? version > other : version.length > other.length;
}
