import { type Json, parseJson } from '@tinysystems/core';
import { CliError } from './cli-error.ts';

/** Reads `--data`. What the parser says of text that is not JSON quotes it, and it may hold secrets: only the place is told. */
export function parseData(text: string): Json {
  try {
    return parseJson(text);
  } catch (cause) {
    const [, position] = /position (\d+)/.exec(String(cause)) ?? [];
    const place = position === undefined ? 'it ends too early' : `look at character ${Number(position) + 1}`;
    throw new CliError(`--data is not JSON: ${place}`, { cause });
  }
}
