import { existsSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT, runCommand } from './run-command.ts';

/** What of jest's `--json` report is needed here. */
export interface JestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numRuntimeErrorTestSuites: number;
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

/** How a run of jest ended. */
export interface JestRun {
  readonly code: number;
  /** Absent when jest ended, or was killed, before it could report. */
  readonly report: JestReport | undefined;
  /** It was killed after {@link TIME_LIMIT_MS}. */
  readonly isTimedOut: boolean;
  /** It was killed because it did not exit after the last test. */
  readonly isHung: boolean;
}

/** How long all tests together may take. */
export const TIME_LIMIT_MS = 25 * 60_000;
/** How long jest may take to exit once it has reported. */
const EXIT_LIMIT_MS = 15_000;

/** Options of {@link runJest}. */
export interface JestOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** How many suites run at a time; default 2. */
  readonly workers?: number;
}

/** Runs jest with these patterns and flags, shows what it prints, and reads its report. */
export async function runJest(
  args: readonly string[],
  { env = {}, workers = 2 }: JestOptions = {},
): Promise<JestRun> {
  await mkdir(join(ROOT, '.cache'), { recursive: true });
  const reportFile = join(ROOT, '.cache', `jest-${process.pid}.json`);
  const jest = join(ROOT, 'node_modules/jest/bin/jest.js');
  const hang = watchForHang(reportFile);
  const { code, isTimedOut } = await runCommand(
    process.execPath,
    [jest, '--json', `--outputFile=${reportFile}`, `--maxWorkers=${workers}`, ...args],
    { env: { NODE_OPTIONS: nodeOptions(), ...env }, isShown: true, timeoutMs: TIME_LIMIT_MS, signal: hang },
  );
  return { code, report: await takeReport(reportFile), isTimedOut, isHung: hang.aborted };
}

/** Failed tests, and files that failed before they had any. */
export function failuresOf(report: JestReport): number {
  return report.numFailedTests + report.numRuntimeErrorTestSuites;
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
