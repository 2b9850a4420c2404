import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Problem } from './check.ts';
import { trackedFiles } from './tracked-files.ts';

/** What must not be in a public repository. The character classes keep this file from finding itself. */
const PATTERNS = [
  {
    what: 'a path of one machine',
    pattern: /(?<![\w.-])\/(?:[h]ome|[U]sers)\/(?!node\b|nonroot\b)[\w.-]+\//,
  },
  { what: 'a path of one machine', pattern: /(?<![\w.}-])\/[w]ork(?:space)?\/[\w.-]+/ },
  { what: 'a path of one machine', pattern: /\b[A-Z]:\\\\?Users\\/ },
  {
    what: 'the host of a package registry',
    pattern:
      /\bregistry\.[n]pmjs\.org|\b[\w-]*(?:[v]erdaccio|[a]rtifactory|[n]exus)[\w-]*\.[\w.]+|[l]ocalhost:4873/,
  },
  { what: 'the download address of a package', pattern: /"[r]esolved": "https?:/ },
];
const MAX_TEXT_BYTES = 4 * 1024 * 1024;

/** No tracked file holds an absolute path of somebody's machine or the name of a package registry. */
export async function checkMachinePaths(root: string): Promise<readonly Problem[]> {
  const files = await trackedFiles(root);
  const problems = await Promise.all(files.map((file) => checkFile(root, file)));
  return problems.flat();
}

async function checkFile(root: string, file: string): Promise<readonly Problem[]> {
  const bytes = await readFile(join(root, file));
  if (bytes.length > MAX_TEXT_BYTES || bytes.includes(0)) return [];
  return bytes
    .toString('utf8')
    .split('\n')
    .flatMap((line, index) => {
      const found = findIn(line, root);
      if (found === undefined) return [];
      return [
        {
          where: `${file}:${index + 1}`,
          what: `holds ${found}`,
          fix: 'use a relative path, or leave it out',
        },
      ];
    });
}

function findIn(line: string, root: string): string | undefined {
  // A clone right below the top, /app say, has a name that container files use for other things.
  if (root.lastIndexOf('/') > 0 && line.includes(`${root}/`)) return `the path of this clone: ${root}`;
  for (const { what, pattern } of PATTERNS) {
    const found = pattern.exec(line)?.[0];
    if (found !== undefined) return `${what}: ${found}`;
  }
  return undefined;
}
