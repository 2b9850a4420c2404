import { existsSync } from 'node:fs';
import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Problem } from './check.ts';

const TOUR = 'ARCHITECTURE.md';

/** Every file and folder that ARCHITECTURE.md names in backticks exists. */
export async function checkTourFiles(root: string): Promise<readonly Problem[]> {
  if (!existsSync(join(root, TOUR))) {
    return [{ where: TOUR, what: 'is missing', fix: 'restore it: it is the tour of the sources' }];
  }
  const problems: Problem[] = [];
  const lines = (await readFile(join(root, TOUR), 'utf8')).split('\n');
  for (const [index, line] of lines.entries()) {
    const paths = [...line.matchAll(/`([^`]+)`/g)].flatMap(([, text = '']) => expandBraces(text));
    for (const path of paths) {
      if (!isPath(root, path) || (await exists(root, path))) continue;
      problems.push({
        where: `${TOUR}:${index + 1}`,
        what: `names ${path}, which does not exist`,
        fix: 'correct the path, or the sentence around it',
      });
    }
  }
  return problems;
}

/** A path begins with a folder of the repository, or is one name with an ending that only files have. */
function isPath(root: string, text: string): boolean {
  if (!/^[\w@.*/-]+$/.test(text) || text.startsWith('@')) return false;
  const [first = '', ...rest] = text.split('/');
  if (rest.length === 0) return /\.(md|mjs|json|yaml)$/.test(text);
  return existsSync(join(root, first)) || /\.(ts|md|mjs|json|yaml|proto)$/.test(text);
}

async function exists(root: string, text: string): Promise<boolean> {
  for await (const _ of glob(text.replace(/\/$/, ''), { cwd: root })) return true;
  return false;
}

/** `a/{b,c}.ts` is `a/b.ts` and `a/c.ts`. */
function expandBraces(text: string): readonly string[] {
  const [, before = '', inner, after = ''] = /^([^{]*)\{([^{}]+)\}(.*)$/.exec(text) ?? [];
  if (inner === undefined) return [text];
  return inner.split(',').flatMap((part) => expandBraces(`${before}${part.trim()}${after}`));
}
