const VERSION =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-((?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?(?:\+([0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*))?$/;

/** A version by the rules of Semantic Versioning 2.0.0; what is built does not count when versions are compared. */
export class SemanticVersion {
  readonly major: bigint;
  readonly minor: bigint;
  readonly patch: bigint;
  readonly #prerelease: readonly string[];

  constructor(numbers: readonly [bigint, bigint, bigint], prerelease: readonly string[]) {
    [this.major, this.minor, this.patch] = numbers;
    this.#prerelease = prerelease;
  }

  static isVersion(text: string, isLoose: boolean): boolean {
    return VERSION.test(isLoose ? completed(text) : text);
  }

  /**
   * @param isLoose - takes `v1.02` for `1.2.0`.
   * @throws RangeError for text that is no version.
   */
  static parse(text: string, isLoose: boolean): SemanticVersion {
    const match = VERSION.exec(isLoose ? completed(text) : text);
    if (!match)
      throw new RangeError(
        `semver parse error during conversion from string: Invalid version ${JSON.stringify(text)}`,
      );
    const [, major = '', minor = '', patch = '', prerelease] = match;
    return new SemanticVersion([BigInt(major), BigInt(minor), BigInt(patch)], prerelease?.split('.') ?? []);
  }

  compareTo(other: SemanticVersion): number {
    const pairs = [
      [this.major, other.major],
      [this.minor, other.minor],
      [this.patch, other.patch],
    ] as const;
    for (const [a, b] of pairs) if (a !== b) return a < b ? -1 : 1;
    return comparePrereleases(this.#prerelease, other.#prerelease);
  }

  equals(other: unknown): boolean {
    return other instanceof SemanticVersion && this.compareTo(other) === 0;
  }
}

function comparePrereleases(a: readonly string[], b: readonly string[]): number {
  if (a.length === 0 || b.length === 0) return Math.sign(Number(a.length === 0) - Number(b.length === 0));
  for (let index = 0; index < Math.max(a.length, b.length); index += 1) {
    const [left, right] = [a[index], b[index]];
    if (left === right) continue;
    if (left === undefined || right === undefined) return left === undefined ? -1 : 1;
    const [isLeftNumber, isRightNumber] = [/^\d+$/.test(left), /^\d+$/.test(right)];
    if (isLeftNumber && isRightNumber) return BigInt(left) < BigInt(right) ? -1 : 1;
    if (isLeftNumber !== isRightNumber) return isLeftNumber ? -1 : 1;
    return left < right ? -1 : 1;
  }
  return 0;
}

function completed(text: string): string {
  const [, numbers = '', rest = ''] = /^v?([^-+]*)(.*)$/.exec(text) ?? [];
  const parts = numbers.split('.').map((part) => part.replace(/^0+(?=\d)/, ''));
  while (parts.length < 3) parts.push('0');
  return parts.join('.') + rest;
}
