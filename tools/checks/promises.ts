import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Problem } from './check.ts';

const PAGE = 'docs/reference/promises.md';

/** Every row of docs/reference/promises.md names a test, and every test that it names exists. */
export async function checkPromises(root: string): Promise<readonly Problem[]> {
  const lines = (await readFile(join(root, PAGE), 'utf8')).split('\n');
  const problems = lines.map((line, index) => problemsOf(line, `${PAGE}:${index + 1}`, root));
  return (await Promise.all(problems)).flat();
}

async function problemsOf(line: string, where: string, root: string): Promise<readonly Problem[]> {
  const [, promise, tests = ''] = /^\| (.*?) +\| (.*?) +\|$/.exec(line) ?? [];
  if (promise === undefined || promise === 'promise' || promise.startsWith('---')) return [];
  const named = [...tests.matchAll(/`([^`]+)` › (.+?)(?:<br>|$)/g)];
  if (named.length === 0)
    return [{ where, what: 'names no test', fix: 'add `file` › title of a test that fails without it' }];
  const problems: Problem[] = [];
  for (const [, path = '', title = ''] of named) {
    const titles = await titlesOf(join(root, path));
    if (titles?.has(title.replaceAll('\\|', '|')) === true) continue;
    const what = titles === undefined ? `there is no ${path}` : `${path} has no test "${title}"`;
    problems.push({ where, what, fix: 'name the test that shows the promise now' });
  }
  return problems;
}

/** The titles of the tests of a file, as they are written there; `undefined`: there is no such file. */
async function titlesOf(path: string): Promise<ReadonlySet<string> | undefined> {
  if (!existsSync(path)) return undefined;
  const text = await readFile(path, 'utf8');
  // it('…', and the last line of it.each([…])('…',
  const titles = text.matchAll(/(?:\b(?:it|test)|\))\(\s*(['"`])(.*?)(?<!\\)\1,/g);
  return new Set([...titles].map(([, , title = '']) => title.replaceAll("\\'", "'")));
}
