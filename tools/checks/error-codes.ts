import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ERROR_CODES } from '@tinysystems/core';
import type { Problem } from './check.ts';

const PAGE = 'docs/reference/errors.md';

/** The rows of docs/reference/errors.md are exactly the codes of the runtime. */
export async function checkErrorCodes(root: string): Promise<readonly Problem[]> {
  return compareErrorCodes(await readFile(join(root, PAGE), 'utf8'), ERROR_CODES);
}

/** Compares the first cells of the page's table of codes with `codes`. */
export function compareErrorCodes(page: string, codes: readonly string[]): readonly Problem[] {
  const rows = [...page.matchAll(/^\| `([A-Z_]+)` +\|/gm)].map(([, code]) => code ?? '');
  const undocumented = codes.filter((code) => !rows.includes(code));
  const unknown = rows.filter((row, index) => !codes.includes(row) || rows.indexOf(row) !== index);
  return [
    ...undocumented.map((code) => ({
      where: PAGE,
      what: `has no row for ${code} of packages/core/src/errors.ts`,
      fix: 'add a row: kind, gRPC status, meaning, what a user can do',
    })),
    ...unknown.map((code) => ({
      where: PAGE,
      what: `has a row for ${code}, which packages/core/src/errors.ts does not list once`,
      fix: 'remove the row, or add the code',
    })),
  ];
}
