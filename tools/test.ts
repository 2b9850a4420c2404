// `npm test [patterns]`: runs the suites and ends with one line, `N passed, N failed[, N skipped]`.
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { kubectlPath } from './kubectl/kubectl.ts';
import { ROOT, runCommand } from './run-command.ts';

/** What of jest's `--json` report is needed here. */
interface JestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numRuntimeErrorTestSuites: number;
}

const TIME_LIMIT_MS = 25 * 60_000;
/** How long jest may take to exit once it has reported. */
const EXIT_LIMIT_MS = 15_000;

process.exitCode = await runTests(process.argv.slice(2));

async function runTests(args: readonly string[]): Promise<number> {
  await prepareKubectl();
  const reportFile = join(ROOT, '.cache', `jest-${process.pid}.json`);
  const hang = watchForHang(reportFile);
  const { code, isTimedOut } = await runCommand(process.execPath, jestArguments(reportFile, args), {
    env: { NODE_OPTIONS: nodeOptions() },
    isShown: true,
    timeoutMs: TIME_LIMIT_MS,
    signal: hang,
  });
  const report = await takeReport(reportFile);
  if (report === undefined) {
    const why = isTimedOut
      ? `did not end within ${TIME_LIMIT_MS / 60_000} minutes and was killed`
      : `ended with ${code}`;
    console.error(`\njest ${why} before it could report.`);
  } else if (isTimedOut || hang.aborted) {
    console.error(
      '\njest was killed because it did not exit after the last test: --detectOpenHandles shows what is open.',
    );
  }
  console.log(`\n${summary(report)}`);
  if (report === undefined || failuresOf(report) > 0) return 1;
  const isKilled = isTimedOut || hang.aborted;
  return isKilled ? 0 : code;
}

/** Aborts when jest still runs a while after it wrote its report: some test has left something open. */
function watchForHang(reportFile: string): AbortSignal {
  const hang = new AbortController();
  let reportedMs: number | undefined;
  const watch = setInterval(() => {
    if (!existsSync(reportFile)) return;
    reportedMs ??= performance.now();
    if (performance.now() - reportedMs < EXIT_LIMIT_MS) return;
    clearInterval(watch);
    hang.abort();
  }, 1_000);
  watch.unref();
  return hang.signal;
}

/** Installs kubectl and helm before the clock of a test runs; without them only the tests that use them fail. */
async function prepareKubectl(): Promise<void> {
  await mkdir(join(ROOT, '.cache'), { recursive: true });
  await kubectlPath().catch((error: unknown) => console.error(String(error)));
}

function jestArguments(reportFile: string, args: readonly string[]): readonly string[] {
  const jest = join(ROOT, 'node_modules/jest/bin/jest.js');
  return [jest, '--json', `--outputFile=${reportFile}`, '--maxWorkers=2', ...args];
}

function nodeOptions(): string {
  const ours = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
  return [process.env['NODE_OPTIONS'], ...ours].filter(Boolean).join(' ');
}

async function takeReport(file: string): Promise<JestReport | undefined> {
  if (!existsSync(file)) return undefined;
  const report = JSON.parse(await readFile(file, 'utf8')) as JestReport;
  await rm(file);
  return report;
}

function summary(report: JestReport | undefined): string {
  if (report === undefined) return '0 passed, 1 failed';
  const skipped = report.numPendingTests;
  return `${report.numPassedTests} passed, ${failuresOf(report)} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

/** Failed tests, and files that failed before they had any. */
function failuresOf(report: JestReport): number {
  return report.numFailedTests + report.numRuntimeErrorTestSuites;
}
