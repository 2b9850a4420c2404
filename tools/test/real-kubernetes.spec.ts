import { join } from 'node:path';
import { cacheFolder } from '../real-kubernetes/builds.ts';
import { outcomeOf, textOf } from '../real-kubernetes/outcome.ts';
import type { JestReport } from '../run-jest.ts';

const SERVER = 'kube-apiserver 1.20.2';

/** jest's report of tests with these names and states. */
function reportOf(...tests: readonly (readonly [fullName: string, status: string])[]): JestReport {
  const count = (wanted: string): number => tests.filter(([, status]) => status === wanted).length;
  return {
    numPassedTests: count('passed'),
    numFailedTests: count('failed'),
    numPendingTests: count('pending'),
    numRuntimeErrorTestSuites: 0,
    testResults: [{ assertionResults: tests.map(([fullName, status]) => ({ fullName, status })) }],
  };
}

describe('what conformance:real says', () => {
  it('names every test that was left out below its reason, and counts', () => {
    const report = reportOf(
      ['lists are sorted', 'passed'],
      ['schemas compare [left out: it has no rules]', 'pending'],
      ['lists choose by a field [left out: it has no fields]', 'pending'],
      ['schemas refuse [left out: it has no rules]', 'pending'],
    );
    expect(textOf(SERVER, outcomeOf(report))).toBe(
      [
        'left out on kube-apiserver 1.20.2 because it has no rules:',
        '  schemas compare',
        '  schemas refuse',
        'left out on kube-apiserver 1.20.2 because it has no fields:',
        '  lists choose by a field',
        'kube-apiserver 1.20.2: 1 passed, 0 failed, 3 left out',
      ].join('\n'),
    );
  });

  it('counts a test that was skipped without a reason as failed', () => {
    const outcome = outcomeOf(reportOf(['lists are sorted', 'passed'], ['lists are short', 'pending']));
    expect([outcome.passed, outcome.failed]).toEqual([1, 1]);
  });

  it('counts files that could not run, and a run without a report, as failed', () => {
    expect(outcomeOf({ ...reportOf(), numRuntimeErrorTestSuites: 2 }).failed).toBe(2);
    expect(textOf(SERVER, outcomeOf(undefined))).toBe(`${SERVER}: 0 passed, 1 failed, 0 left out`);
  });
});

describe('the cache of builds', () => {
  it('is outside the clone, and where the environment says', () => {
    expect(cacheFolder({ TINYSYSTEMS_KUBERNETES_CACHE: '/elsewhere' })).toBe('/elsewhere');
    expect(cacheFolder({ XDG_CACHE_HOME: '/cache' })).toBe(join('/cache', 'tinysystems', 'real-kubernetes'));
  });
});
