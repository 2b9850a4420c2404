import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ERROR_CODES } from '@tinysystems/core';
import type { Problem } from './check.ts';
import { trackedFiles } from './tracked-files.ts';

const PAGE = 'docs/reference/errors.md';

/** The rows of docs/reference/errors.md are exactly the codes of the runtime, and a module's own carry its name. */
export async function checkErrorCodes(root: string): Promise<readonly Problem[]> {
  const page = await readFile(join(root, PAGE), 'utf8');
  return [...compareErrorCodes(page, ERROR_CODES), ...(await checkModuleCodes(root))];
}

/** The codes that a module writes begin with its own name, and not with that of another one. */
export async function checkModuleCodes(root: string): Promise<readonly Problem[]> {
  const sources = (await trackedFiles(root)).filter((file) => MODULE_SOURCE.test(file));
  const problems = await Promise.all(
    sources.map(async (file) => {
      const module = MODULE_SOURCE.exec(file)?.[1] ?? '';
      const codes = (await readFile(join(root, file), 'utf8')).matchAll(MODULE_CODE);
      return [...codes]
        .filter(([, prefix]) => prefix !== module)
        .map(([code]) => ({
          where: file,
          what: `has the error code ${code}, which does not begin with the name of its module`,
          fix: `write '${module}.…', or use a code of the runtime`,
        }));
    }),
  );
  return problems.flat();
}

const MODULE_SOURCE = /^modules\/([^/]+)\/src\/.*\.ts$/;
const MODULE_CODE = /'([\w-]+)\.[A-Z][A-Z0-9_]+'/g;

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
