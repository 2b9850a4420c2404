import { jest } from '@jest/globals';
import { copyFile, cp, mkdir, readFile, readdir, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { kubectlPath } from '../kubectl/kubectl.ts';
import { ROOT, runCommand } from '../run-command.ts';
import { scratchFolder, writeFiles } from './scratch-folder.ts';

// Starts programs, and the machine may be busy.
jest.setTimeout(120_000);

const JEST = 'node_modules/jest/bin/jest.js';
/** A jest that writes `report` where it is told to, and then does what `rest` says. */
const jestThatReports = (report: object, rest = '') =>
  `const { writeFileSync } = require('node:fs');
   const file = process.argv.find((arg) => arg.startsWith('--outputFile=')).slice('--outputFile='.length);
   writeFileSync(file, ${JSON.stringify(JSON.stringify(report))});
   ${rest}`;
const ALL_PASSED = { numPassedTests: 3, numFailedTests: 0, numPendingTests: 0, numRuntimeErrorTestSuites: 0 };

describe('tools/test.ts', () => {
  it.each([
    [ALL_PASSED, 0, '3 passed, 0 failed'],
    [{ ...ALL_PASSED, numPendingTests: 2 }, 0, '3 passed, 0 failed, 2 skipped'],
    [{ ...ALL_PASSED, numFailedTests: 1, numRuntimeErrorTestSuites: 1 }, 1, '3 passed, 2 failed'],
  ])('ends with the result of %j', async (report, exitCode, line) => {
    await using clone = await cloneWith({ [JEST]: jestThatReports(report, `process.exit(${exitCode});`) });
    const { code, output } = await runTool(clone.path, 'test.ts');
    expect(lastLine(output)).toBe(line);
    expect(code).toBe(exitCode);
    expect((await readdir(join(clone.path, '.cache'))).filter((name) => name.endsWith('.json'))).toEqual([]);
  });

  it('says so when jest ends without a report', async () => {
    await using clone = await cloneWith({ [JEST]: `console.error('out of memory'); process.exit(134);` });
    const { code, output } = await runTool(clone.path, 'test.ts');
    expect(output).toContain('jest ended with 134 before it could report.');
    expect(lastLine(output)).toBe('0 passed, 1 failed');
    expect(code).toBe(1);
  });

  it('gives its arguments to jest as patterns', async () => {
    await using clone = await cloneWith({
      [JEST]: jestThatReports(
        ALL_PASSED,
        `console.log(process.argv.slice(4).join(' '), process.env.NODE_OPTIONS);`,
      ),
    });
    const { output } = await runTool(clone.path, 'test.ts', ['packages/core', '-t', 'name']);
    expect(output).toContain('--maxWorkers=2 packages/core -t name');
    expect(output).toContain('--experimental-vm-modules');
  });

  it('ends a jest that does not exit after its report, and counts what it reported', async () => {
    await using clone = await cloneWith({
      [JEST]: jestThatReports(ALL_PASSED, 'setInterval(() => 0, 1000);'),
    });
    const { code, output } = await runTool(clone.path, 'test.ts');
    expect(output).toContain('killed because it did not exit after the last test');
    expect(lastLine(output)).toBe('3 passed, 0 failed');
    expect(code).toBe(0);
  });

  it('leaves no process behind', async () => {
    const leave = `const child = require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => 0, 1000)']);
      console.log('left', child.pid); process.exit(0);`;
    await using clone = await cloneWith({ [JEST]: jestThatReports(ALL_PASSED, leave) });
    const { output } = await runTool(clone.path, 'test.ts');
    const pid = Number(/left (\d+)/.exec(output)?.[1]);
    expect(pid).toBeGreaterThan(0);
    await waitUntilGone(pid);
  });
});

describe('runCommand', () => {
  it('kills a program that does not end in time, with everything it started', async () => {
    const program = `const child = require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => 0, 1000)']);
      console.log(child.pid); setInterval(() => 0, 1000);`;
    const result = await runCommand(process.execPath, ['-e', program], { timeoutMs: 1_500 });
    expect(result).toMatchObject({ isTimedOut: true, code: 137 });
    await waitUntilGone(Number(result.output));
  });

  it('gives back the whole output of both streams', async () => {
    const program = `process.stdout.write('a'.repeat(300_000)); process.stderr.write('b'.repeat(300_000));`;
    const { output, code } = await runCommand(process.execPath, ['-e', program]);
    expect(code).toBe(0);
    expect([...output].sort().join('')).toBe('a'.repeat(300_000) + 'b'.repeat(300_000));
  });
});

describe('tools/verify.ts', () => {
  const steps = {
    'node_modules/prettier/bin/prettier.cjs': '',
    'node_modules/nx/dist/bin/nx.js': '',
    'node_modules/typescript7/bin/tsc': '',
    'node_modules/eslint/bin/eslint.js': '',
    'tools/checks/main.ts': '',
    'tools/codegen/main.ts': '',
    [JEST]: jestThatReports(ALL_PASSED),
  };

  it('shows one line for each step and ends with that of the tests', async () => {
    await using clone = await cloneWith(steps);
    const { code, output } = await runTool(clone.path, 'verify.ts');
    const lines = output.trim().split('\n');
    expect(
      lines.filter((line) => /^✓ .* \(\d+\.\d s\)$/.test(line)).map((line) => line.replace(/ \(.*/, '')),
    ).toEqual(['✓ format', '✓ references', '✓ types', '✓ lint', '✓ checks', '✓ generated files']);
    expect(lastLine(output)).toBe('3 passed, 0 failed');
    expect(code).toBe(0);
  });

  it('shows the output of a step that fails, runs the rest, and fails', async () => {
    const lint = `console.log('a.ts: no'); console.error('1 problem'); process.exit(2);`;
    await using clone = await cloneWith({ ...steps, 'node_modules/eslint/bin/eslint.js': lint });
    const { code, output } = await runTool(clone.path, 'verify.ts');
    expect(output).toMatch(
      /✗ lint \(\d+\.\d s\): node node_modules\/eslint\/bin\/eslint.js \.\na\.ts: no\n1 problem\n✓ checks/,
    );
    expect(output).toContain('1 of 6 steps failed');
    expect(lastLine(output)).toBe('3 passed, 0 failed');
    expect(code).toBe(1);
  });

  it('fails when only the tests fail', async () => {
    const jest = jestThatReports({ ...ALL_PASSED, numFailedTests: 1 }, 'process.exit(1);');
    await using clone = await cloneWith({ ...steps, [JEST]: jest });
    const { code, output } = await runTool(clone.path, 'verify.ts');
    expect(lastLine(output)).toBe('3 passed, 1 failed');
    expect(code).toBe(1);
  });
});

/** A folder with the tools and, in place of the programs they run, `programs`. */
async function cloneWith(programs: Readonly<Record<string, string>>) {
  const clone = await scratchFolder('clone-');
  await mkdir(join(clone.path, 'node_modules'), { recursive: true });
  await mkdir(join(clone.path, '.cache'));
  await cp(join(ROOT, 'tools/kubectl'), join(clone.path, 'tools/kubectl'), { recursive: true });
  for (const file of ['test.ts', 'verify.ts', 'run-jest.ts', 'run-command.ts', 'install-locked.ts']) {
    await copyFile(join(ROOT, 'tools', file), join(clone.path, 'tools', file));
  }
  await symlink(join(ROOT, 'node_modules/fflate'), join(clone.path, 'node_modules/fflate'));
  await symlink(dirname(dirname(await kubectlPath())), join(clone.path, '.cache/kubectl'));
  await writeFiles(clone.path, {
    'package.json': '{"type":"module"}',
    'node_modules/package.json': '{"type":"commonjs"}',
    ...programs,
  });
  return clone;
}

async function runTool(clone: string, tool: string, args: readonly string[] = []) {
  const env = { NODE_OPTIONS: '' };
  return runCommand(process.execPath, [join(clone, 'tools', tool), ...args], { cwd: clone, env });
}

function lastLine(output: string): string | undefined {
  return output.trimEnd().split('\n').at(-1);
}

/** A killed process is gone when its parent, or init, has taken its exit code. */
async function waitUntilGone(pid: number): Promise<void> {
  const deadlineMs = Date.now() + 5_000;
  while (await isRunning(pid)) {
    if (Date.now() > deadlineMs) throw new Error(`process ${pid} still runs`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function isRunning(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  // Where nothing reaps orphans a dead process keeps its number, with the state Z.
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return !/^\d+ \(.*\) Z /.test(stat);
}
