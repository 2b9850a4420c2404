import { jest } from '@jest/globals';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Check } from '../checks/check.ts';
import { checkDependencies } from '../checks/dependencies.ts';
import { checkModuleCodes, compareErrorCodes } from '../checks/error-codes.ts';
import { checkImportCycles } from '../checks/import-cycles.ts';
import { checkLockFile } from '../checks/lock-file.ts';
import { checkMachinePaths } from '../checks/machine-paths.ts';
import { checkModuleVersions } from '../checks/module-versions.ts';
import { checkPromises } from '../checks/promises.ts';
import { checkTourFiles } from '../checks/tour-files.ts';
import { ROOT, runCommand } from '../run-command.ts';
import { scratchFolder, writeFiles } from './scratch-folder.ts';

// Starts programs, and the machine may be busy.
jest.setTimeout(120_000);

const PROJECT = { 'packages/a/package.json': JSON.stringify({ name: 'a', version: '1.0.0' }) };
const WORKSPACE = { 'package.json': '{"devDependencies":{"jest":"1"}}' };

describe('checkImportCycles', () => {
  it('shows a circle of value imports with every file in it', async () => {
    const problems = await runCheck(checkImportCycles, {
      ...PROJECT,
      'packages/a/src/one.ts': `import { two } from './deep/two.ts';\nexport const one = two;`,
      'packages/a/src/deep/two.ts': `export { three as two } from '../three.ts';`,
      'packages/a/src/three.ts': `import { one } from './one.ts';\nexport const three = () => one;`,
    });
    expect(problems).toHaveLength(1);
    const names = ['deep/two.ts', 'three.ts', 'one.ts', 'deep/two.ts'].map(
      (name) => `packages/a/src/${name}`,
    );
    expect(problems[0]?.what).toContain(names.join(' → '));
  });

  it('lets type imports and dynamic imports close a circle', async () => {
    const files = {
      ...PROJECT,
      'packages/a/src/one.ts': `import { two } from './two.ts';\nexport const one = two;`,
      'packages/a/src/two.ts': `import type { One } from './one.ts';\nexport const two = () => import('./one.ts');`,
    };
    expect(await runCheck(checkImportCycles, files)).toEqual([]);
  });

  it('counts an import whose names are all types, because the file is loaded all the same', async () => {
    const files = {
      ...PROJECT,
      'packages/a/src/one.ts': `import { two } from './two.ts';\nexport const one = two;`,
      'packages/a/src/two.ts': `import { type One } from './one.ts';\nexport const two = 2;`,
    };
    expect(await runCheck(checkImportCycles, files)).toHaveLength(1);
  });
});

describe('checkDependencies', () => {
  const manifest = {
    name: 'a',
    version: '1',
    dependencies: { ajv: '1', zod: '1' },
    devDependencies: { '@x/kit': '1' },
  };

  it('passes when package.json and imports agree', async () => {
    const files = {
      ...WORKSPACE,
      'packages/a/package.json': JSON.stringify(manifest),
      'packages/a/src/a.ts': `import 'ajv/dist/2020.js';\nimport type { z } from 'zod';\nimport { join } from 'node:path';`,
      'packages/a/test/a.spec.ts': `import '@x/kit/deep';\nimport 'a';\nimport 'jest';\nimport '../src/a.ts';`,
    };
    expect(await runCheck(checkDependencies, files)).toEqual([]);
  });

  it('names what is missing and what is unused', async () => {
    const files = {
      ...WORKSPACE,
      'packages/a/package.json': JSON.stringify(manifest),
      'packages/a/src/a.ts': `import 'ajv';\n\nimport 'undici';`,
      'packages/a/test/a.spec.ts': `import 'yaml';\nimport 'zod';`,
    };
    expect(
      (await runCheck(checkDependencies, files)).map(({ where, what, fix }) => `${where} ${what} → ${fix}`),
    ).toEqual([
      expect.stringMatching(/^packages\/a\/src\/a\.ts:3 imports undici, .* add "undici" to dependencies/),
      expect.stringMatching(
        /^packages\/a\/test\/a\.spec\.ts:1 imports yaml, .* add "yaml" to devDependencies/,
      ),
      expect.stringMatching(/^packages\/a\/package\.json lists zod .* move it to devDependencies/),
      expect.stringMatching(/^packages\/a\/package\.json lists @x\/kit in devDependencies/),
    ]);
  });
});

describe('checkTourFiles', () => {
  it('finds the names that do not exist and understands braces, stars and folders', async () => {
    const problems = await runCheck(checkTourFiles, {
      'packages/a/src/one.ts': '',
      'packages/a/src/two.ts': '',
      'ARCHITECTURE.md': [
        'The package `packages/a/` has `packages/a/src/{one,two}.ts` and `packages/*/src/one.ts`.',
        'A `Message` goes to `@scope/name` as `text/plain` or `a/b`.',
        'It ends in `packages/a/src/gone.ts` and `packages/a/src/{one,three}.ts`, see `NOTES.md`.',
      ].join('\n'),
    });
    expect(problems.map(({ where, what }) => `${where} ${what}`)).toEqual([
      'ARCHITECTURE.md:3 names packages/a/src/gone.ts, which does not exist',
      'ARCHITECTURE.md:3 names packages/a/src/three.ts, which does not exist',
      'ARCHITECTURE.md:3 names NOTES.md, which does not exist',
    ]);
  });
});

describe('checkMachinePaths', () => {
  it.each([
    ['/ho' + 'me/ada/project/file.ts', 'a path of one machine'],
    ['see /Us' + 'ers/ada/file.ts', 'a path of one machine'],
    ['C:\\Us' + 'ers\\ada', 'a path of one machine'],
    ['https://registry.np' + 'mjs.org/ajv', 'the host of a package registry'],
    ['http://local' + 'host:4873/', 'the host of a package registry'],
    ['"resol' + 'ved": "https://example.com/a.tgz"', 'the download address of a package'],
  ])('finds %s', async (text, what) => {
    await using root = await repository({ 'docs/a.md': `first line\n${text}\n` });
    const problems = await checkMachinePaths(root.path);
    expect(problems).toMatchObject([{ where: 'docs/a.md:2', what: expect.stringContaining(what) }]);
  });

  it('finds the folder of the clone itself, wherever that is', async () => {
    await using root = await repository({});
    await writeFiles(root.path, { 'a.json': `{"path": "${root.path}/x"}` });
    expect(await checkMachinePaths(root.path)).toMatchObject([{ where: 'a.json:1' }]);
  });

  it('leaves ordinary paths, ignored files and binary files alone', async () => {
    await using root = await repository({
      '.gitignore': 'ignored\n',
      'ignored/a.md': '/ho' + 'me/ada/x',
      'image.bin': '\0/ho' + 'me/ada/x',
      Dockerfile: 'COPY dist /home/node/app\nWORKDIR /app',
    });
    expect(await checkMachinePaths(root.path)).toEqual([]);
  });
});

describe('checkPromises', () => {
  const promises = (...tests: readonly string[]) => ({
    'test/a.spec.ts':
      "it('keeps its word', () => {});\nit.each([f(1)])(\n  `holds for ${n} \\`quoted\\``,\n  () => {});",
    'docs/reference/promises.md': [
      '| promise | shown by |',
      '| --- | --- |',
      ...tests.map((test) => `| a | ${test} |`),
    ].join('\n'),
  });

  it('finds every test that is named', async () => {
    const files = promises(
      '`test/a.spec.ts` › keeps its word<br>`test/a.spec.ts` › holds for ${n} \\`quoted\\`',
    );
    await expect(runCheck(checkPromises, files)).resolves.toEqual([]);
  });

  it('shows a promise without a test, a file that is gone, and a test that is gone', async () => {
    const problems = await runCheck(
      checkPromises,
      promises('the tests', '`test/b.spec.ts` › keeps its word', '`test/a.spec.ts` › keeps'),
    );
    expect(problems.map(({ where, what }) => `${where} ${what}`)).toEqual([
      'docs/reference/promises.md:3 names no test',
      'docs/reference/promises.md:4 there is no test/b.spec.ts',
      'docs/reference/promises.md:5 test/a.spec.ts has no test "keeps"',
    ]);
  });
});

describe('compareErrorCodes', () => {
  it('names codes without a row and rows without a code', () => {
    const page = '| Code | Kind |\n| --- | --- |\n| `A_ONE` | x |\n| `B_TWO`   | x |\n| `B_TWO` | x |\n';
    expect(compareErrorCodes(page, ['A_ONE', 'C_NEW', 'B_TWO']).map(({ what }) => what)).toEqual([
      expect.stringContaining('no row for C_NEW'),
      expect.stringContaining('a row for B_TWO'),
    ]);
    expect(compareErrorCodes(page, ['A_ONE']).map(({ what }) => what)).toEqual([
      expect.stringContaining('a row for B_TWO'),
      expect.stringContaining('a row for B_TWO'),
    ]);
  });
});

describe('checkModuleCodes', () => {
  it('names a code of a module that carries another name', async () => {
    await using root = await scratchFolder('checks-');
    await runCommand('git', ['init', '-q'], { cwd: root.path });
    await writeFiles(root.path, {
      'modules/mine/src/right.ts': "throw new TinyError('Permanent', 'mine.SAD', '');",
      'modules/mine/src/wrong.ts': "throw new TinyError('Permanent', 'other.SAD', '');",
      'packages/a/src/a.ts': "const url = 'net.IP';",
    });
    expect(await checkModuleCodes(root.path)).toMatchObject([
      { where: 'modules/mine/src/wrong.ts', what: expect.stringContaining("'other.SAD'") },
    ]);
  });
});

describe('checkLockFile', () => {
  it('accepts a complete lock and refuses one that lacks a platform package', async () => {
    await using root = await scratchFolder('checks-');
    await copyFile(join(ROOT, 'package-lock.json'), join(root.path, 'package-lock.json'));
    expect(await checkLockFile(root.path)).toEqual([]);
    const incomplete = {
      packages: {
        'node_modules/a': { version: '1.0.0', optionalDependencies: { 'a-darwin-arm64': '1.0.0' } },
      },
    };
    await writeFiles(root.path, { 'package-lock.json': `${JSON.stringify(incomplete, null, 2)}\n` });
    expect(await checkLockFile(root.path)).toMatchObject([
      { fix: 'run node tools/complete-lock.mjs and commit' },
    ]);
  });
});

describe('checkModuleVersions', () => {
  const manifest = JSON.stringify({ name: 'm', version: '1.2.0', tinysystems: { main: 'src/main.ts' } });

  it.each([
    [`await runModule({ name: 'm', version: '1.2.0', components });`, []],
    [
      `await runModule({ name: 'm', version: '1.1.0', components });`,
      ['gives 1.1.0 to runModule, and package.json says 1.2.0'],
    ],
    ['', ['gives no version to runModule, and package.json says 1.2.0']],
  ])('compares %j with package.json', async (main, expected) => {
    const files = { 'modules/m/package.json': manifest, 'modules/m/src/main.ts': main };
    expect((await runCheck(checkModuleVersions, files)).map(({ what }) => what)).toEqual(expected);
  });

  it('names a main file that is missing', async () => {
    const files = { 'modules/m/package.json': manifest };
    expect(await runCheck(checkModuleVersions, files)).toMatchObject([{ where: 'modules/m/src/main.ts' }]);
  });
});

async function runCheck(check: Check, files: Readonly<Record<string, string>>) {
  await using root = await scratchFolder('checks-');
  await writeFiles(root.path, files);
  return await check(root.path);
}

async function repository(files: Readonly<Record<string, string>>) {
  const root = await scratchFolder('checks-');
  await runCommand('git', ['init', '--quiet'], { cwd: root.path });
  await writeFiles(root.path, files);
  return root;
}
