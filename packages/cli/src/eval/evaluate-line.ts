import { type Json, isJsonObject, parseJson, stringifyJson } from '@tinysystems/core';
import { textOf } from '../cli-error.ts';
import { type Evaluation, evaluate } from './evaluate.ts';
import type { Line } from './lines.ts';

/** Longest line, bytes. */
export const MAX_LINE_BYTES = 16 * 1024 * 1024;

/** Answers one line `{"data": …, "template": …}` with one line `{"value": …, "errors": […]}`; never throws. */
export function evaluateLine(line: Line): string {
  try {
    return stringifyJson(evaluationOf(line));
  } catch (error) {
    return stringifyJson(badInput(textOf(error)));
  }
}

function evaluationOf(line: Line): Evaluation {
  if (line === undefined) return badInput(`the line is longer than ${MAX_LINE_BYTES} bytes`);
  const input = parseInput(line);
  if (!isJsonObject(input) || input['template'] === undefined)
    return badInput('a line is an object {"data": …, "template": …} in JSON');
  return evaluate(input['template'], input['data'] ?? {});
}

/** @returns `undefined` for a line that is not JSON. */
function parseInput(line: string): Json | undefined {
  try {
    return parseJson(line);
  } catch {
    return undefined;
  }
}

function badInput(message: string): Evaluation {
  return { value: null, errors: [{ kind: 'input', code: 'INPUT', message }] };
}
