import type { Environment } from '@marcbachmann/cel-js';

import { SemanticVersion } from '../semantic-version.ts';

const TYPE = 'kubernetes.Semver';

/** Semantic versions. */
export function registerSemver(environment: Environment): void {
  const parse = (text: string, isLoose = false): SemanticVersion => SemanticVersion.parse(text, isLoose);
  const isVersion = (text: string, isLoose = false): boolean => SemanticVersion.isVersion(text, isLoose);
  environment
    .registerType(TYPE, SemanticVersion)
    .registerFunction(`semver(string): ${TYPE}`, parse)
    .registerFunction(`semver(string, bool): ${TYPE}`, parse)
    .registerFunction('isSemver(string): bool', isVersion)
    .registerFunction('isSemver(string, bool): bool', isVersion)
    .registerFunction(`${TYPE}.major(): int`, (version: SemanticVersion) => version.major)
    .registerFunction(`${TYPE}.minor(): int`, (version: SemanticVersion) => version.minor)
    .registerFunction(`${TYPE}.patch(): int`, (version: SemanticVersion) => version.patch)
    .registerFunction(`${TYPE}.compareTo(${TYPE}): int`, (a: SemanticVersion, b: SemanticVersion) => {
      return BigInt(a.compareTo(b));
    })
    .registerFunction(
      `${TYPE}.isLessThan(${TYPE}): bool`,
      (a: SemanticVersion, b: SemanticVersion) => a.compareTo(b) < 0,
    )
    .registerFunction(`${TYPE}.isGreaterThan(${TYPE}): bool`, (a: SemanticVersion, b: SemanticVersion) => {
      return a.compareTo(b) > 0;
    })
    .registerOperator(`${TYPE} == ${TYPE}`, (a: SemanticVersion, b: SemanticVersion) => a.equals(b));
}
