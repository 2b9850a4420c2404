// `npm test [patterns]`: runs the suites and ends with one line, `N passed, N failed[, N skipped]`.
import { kubectlPath } from './kubectl/kubectl.ts';
import { failuresOf, type JestReport, runJest, TIME_LIMIT_MS } from './run-jest.ts';

process.exitCode = await runTests(process.argv.slice(2));

async function runTests(args: readonly string[]): Promise<number> {
  // Installs kubectl and helm before the clock of a test runs; without them only the tests that use them fail.
  await kubectlPath().catch((error: unknown) => console.error(String(error)));
  const { code, report, isTimedOut, isHung } = await runJest(args);
  if (report === undefined) {
    const why = isTimedOut
      ? `did not end within ${TIME_LIMIT_MS / 60_000} minutes and was killed`
      : `ended with ${code}`;
    console.error(`\njest ${why} before it could report.`);
  } else if (isTimedOut || isHung) {
    console.error(
      '\njest was killed because it did not exit after the last test: --detectOpenHandles shows what is open.',
    );
  }
  console.log(`\n${summary(report)}`);
  if (report === undefined || failuresOf(report) > 0) return 1;
  return isTimedOut || isHung ? 0 : code;
}

function summary(report: JestReport | undefined): string {
  if (report === undefined) return '0 passed, 1 failed';
  const skipped = report.numPendingTests;
  return `${report.numPassedTests} passed, ${failuresOf(report)} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}
