import { AGGREGATE } from './aggregate.ts';
import { BASE64 } from './base64.ts';
import { CONVERT } from './convert.ts';
import type { FunctionDefinition } from './function-definition.ts';
import { LOGIC } from './logic.ts';
import { MATH } from './math.ts';
import { STRING } from './string.ts';
import { TIME } from './time.ts';

/** Every function by lower-case name, but `parent`, `key` and `root`, which take a path instead of a value. */
export const FUNCTIONS: ReadonlyMap<string, FunctionDefinition> = new Map(
  [AGGREGATE, STRING, BASE64, MATH, LOGIC, CONVERT, TIME]
    .flat()
    .map((each) => [each.name.toLowerCase(), each]),
);
