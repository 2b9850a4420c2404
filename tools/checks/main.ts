// `npm run checks`: what neither the compiler nor the linter sees. Prints every problem and exits 1 when there is one.
import { ROOT } from '../run-command.ts';
import type { Check } from './check.ts';
import { checkDependencies } from './dependencies.ts';
import { checkErrorCodes } from './error-codes.ts';
import { checkImportCycles } from './import-cycles.ts';
import { checkLockFile } from './lock-file.ts';
import { checkMachinePaths } from './machine-paths.ts';
import { checkModuleVersions } from './module-versions.ts';
import { checkPromises } from './promises.ts';
import { checkTourFiles } from './tour-files.ts';

const CHECKS: Readonly<Record<string, Check>> = {
  'import cycles': checkImportCycles,
  dependencies: checkDependencies,
  'machine paths': checkMachinePaths,
  'files of the tour': checkTourFiles,
  'error codes': checkErrorCodes,
  promises: checkPromises,
  'lock file': checkLockFile,
  'module versions': checkModuleVersions,
};

for (const [name, check] of Object.entries(CHECKS)) {
  const problems = await check(ROOT);
  console.log(problems.length === 0 ? `✓ ${name}` : `✗ ${name}`);
  for (const { where, what, fix } of problems) console.log(`  ${where}: ${what}\n    → ${fix}`);
  if (problems.length > 0) process.exitCode = 1;
}
