// `npm run verify [-- test patterns]`: everything CI checks. One line for each step; a failed step shows its output and
// the rest still runs. The last line is that of the tests.
import { join } from 'node:path';
import { ROOT, runCommand } from './run-command.ts';

/** One step: a name for people, and programs that run one after the other. */
interface Step {
  readonly name: string;
  readonly commands: readonly (readonly string[])[];
}

const STEP_LIMIT_MS = 10 * 60_000;
const TEST_LIMIT_MS = 30 * 60_000;
const TSC = 'node_modules/typescript7/bin/tsc';

const STEPS: readonly Step[] = [
  {
    name: 'format',
    commands: [['node_modules/prettier/bin/prettier.cjs', '--check', '--log-level=warn', '.']],
  },
  { name: 'references', commands: [['node_modules/nx/dist/bin/nx.js', 'sync:check']] },
  {
    name: 'types',
    commands: [
      [TSC, '-b'],
      [TSC, '-p', 'tsconfig.test.json'],
    ],
  },
  { name: 'lint', commands: [['node_modules/eslint/bin/eslint.js', '.']] },
  { name: 'checks', commands: [['--conditions=@tinysystems/source', 'tools/checks/main.ts']] },
  {
    name: 'generated files',
    commands: [['--conditions=@tinysystems/source', 'tools/codegen/main.ts', '--check']],
  },
];

/** The same everywhere: no daemon that stays behind, no cache from outside the repository, no drawing, no colours. */
const ENVIRONMENT = {
  NO_COLOR: '1',
  NX_DAEMON: 'false',
  NX_TUI: 'false',
  NX_CACHE_DIRECTORY: join(ROOT, '.nx/cache'),
};

process.exitCode = await verify(process.argv.slice(2));

async function verify(testPatterns: readonly string[]): Promise<number> {
  let failed = 0;
  for (const step of STEPS) failed += (await runStep(step)) ? 0 : 1;
  if (failed > 0) console.log(`${failed} of ${STEPS.length} steps failed; their output is above.`);
  const tests = await runCommand(
    process.execPath,
    ['--conditions=@tinysystems/source', 'tools/test.ts', ...testPatterns],
    {
      isShown: true,
      timeoutMs: TEST_LIMIT_MS,
    },
  );
  return failed > 0 ? 1 : tests.code;
}

async function runStep({ name, commands }: Step): Promise<boolean> {
  const startedMs = performance.now();
  for (const args of commands) {
    const result = await runCommand(process.execPath, args, { env: ENVIRONMENT, timeoutMs: STEP_LIMIT_MS });
    if (result.code === 0) continue;
    console.log(`✗ ${name} (${seconds(startedMs)}): node ${args.join(' ')}`);
    console.log(result.output.trimEnd());
    if (result.isTimedOut) console.log(`killed after ${STEP_LIMIT_MS / 60_000} minutes`);
    return false;
  }
  console.log(`✓ ${name} (${seconds(startedMs)})`);
  return true;
}

function seconds(startedMs: number): string {
  return `${((performance.now() - startedMs) / 1000).toFixed(1)} s`;
}
