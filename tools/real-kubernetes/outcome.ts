import { failuresOf, type JestReport } from '../run-jest.ts';

/** What became of the suite on one server. */
export interface Outcome {
  readonly passed: number;
  /** Failed tests, files that could not run, and tests skipped without a reason. */
  readonly failed: number;
  /** The names of the tests that were left out, by what the server lacks. */
  readonly leftOut: ReadonlyMap<string, readonly string[]>;
}

/** Reads jest's report; without one something has failed. */
export function outcomeOf(report: JestReport | undefined): Outcome {
  if (report === undefined) return { passed: 0, failed: 1, leftOut: new Map() };
  const pending = report.testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => status === 'pending')
    .map(({ fullName }) => /^(?<name>.*) \[left out: (?<reason>.*)\]$/s.exec(fullName)?.groups);
  const leftOut = pending.filter((test) => test !== undefined);
  return {
    passed: report.numPassedTests,
    failed: failuresOf(report) + pending.length - leftOut.length,
    leftOut: new Map(
      [...Map.groupBy(leftOut, ({ reason = '' }) => reason)].map(([reason, tests]) => [
        reason,
        tests.map(({ name = '' }) => name),
      ]),
    ),
  };
}

/** Every test that was left out with its reason, and one line that counts. */
export function textOf(server: string, { passed, failed, leftOut }: Outcome): string {
  const reasons = [...leftOut].flatMap(([reason, names]) => [
    `left out on ${server} because ${reason}:`,
    ...names.map((name) => `  ${name}`),
  ]);
  const count = [...leftOut.values()].reduce((sum, names) => sum + names.length, 0);
  return [...reasons, `${server}: ${passed} passed, ${failed} failed, ${count} left out`].join('\n');
}
