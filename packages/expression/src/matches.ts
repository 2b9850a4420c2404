import type { Json, Value } from './json.ts';

/** Where a value sits: its container and the key or index there. */
export interface Origin {
  readonly parent: Json;
  readonly key: string | number;
}

/** The values one step of a path found, and on request where it found them. */
export class Matches {
  readonly values: Json[] = [];
  readonly origins: Origin[] | undefined;

  constructor(located: 'located' | 'plain') {
    this.origins = located === 'located' ? [] : undefined;
  }

  /** Adds a value unless it is missing. */
  keep(value: Value, parent: Json, key: string | number): void {
    if (value === undefined) return;
    this.values.push(value);
    this.origins?.push({ parent, key });
  }
}
