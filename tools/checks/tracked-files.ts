import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from '../run-command.ts';

/**
 * The files of the repository that git knows or would add, sorted, relative to `root`.
 *
 * @throws Error when `root` is not in a git repository.
 */
export async function trackedFiles(root: string): Promise<readonly string[]> {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const { code, output } = await runCommand('git', args, { cwd: root });
  if (code !== 0) throw new Error(`git ls-files failed in ${root}:\n${output}`);
  const names = new Set(output.split('\0').filter((name) => name !== ''));
  return [...names].filter((name) => existsSync(join(root, name))).sort();
}
