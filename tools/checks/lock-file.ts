import { join } from 'node:path';
import { ROOT, runCommand } from '../run-command.ts';
import type { Problem } from './check.ts';

/** package-lock.json names every optional platform package, so that `npm ci` accepts it on every platform. */
export async function checkLockFile(root: string): Promise<readonly Problem[]> {
  const file = 'package-lock.json';
  const args = [join(ROOT, 'tools/complete-lock.mjs'), join(root, file), '--check'];
  const { code } = await runCommand(process.execPath, args, { cwd: root });
  if (code === 0) return [];
  return [
    {
      where: file,
      what: 'lacks platform packages, or names a registry',
      fix: 'run node tools/complete-lock.mjs and commit',
    },
  ];
}
