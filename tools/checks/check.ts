/** Something a check found. */
export interface Problem {
  /** The file, relative to the root, with a line where there is one: `packages/core/src/a.ts:3`. */
  readonly where: string;
  readonly what: string;
  /** What a person does about it. */
  readonly fix: string;
}

/** Looks at the repository in `root`; finding nothing is passing. */
export type Check = (root: string) => Promise<readonly Problem[]>;
