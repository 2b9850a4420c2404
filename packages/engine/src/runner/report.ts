import type { PublishedPort, TinyError } from '@tinysystems/core';
import type { SettingsProblem } from './resolve-settings.ts';

/** How a node stands in this process; the operator makes conditions of it. */
export interface NodeReport {
  readonly isComponentKnown: boolean;
  /** False: `spec.run` is false. */
  readonly isRunning: boolean;
  /** Why the last settings were refused; `undefined`: accepted. */
  readonly settingsProblem: string | undefined;
  /** The same in a word: `Rejected`, or what is wrong with a Secret that they refer to. */
  readonly settingsReason: SettingsProblem['reason'] | undefined;
  /** The secret settings whose value stands in the spec itself, by path. */
  readonly plainSecrets: readonly string[];
  /** What is wrong with edges and ports here: a port that does not exist, a mapping or an authored schema that does not compile. */
  readonly edgeProblems: readonly string[];
  /** Why the background work is not running now. */
  readonly backgroundProblem: TinyError | undefined;
  readonly ports: readonly PublishedPort[];
}
