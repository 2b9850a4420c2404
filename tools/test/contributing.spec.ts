import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { checkDependencies } from '../checks/dependencies.ts';
import { checkModuleVersions } from '../checks/module-versions.ts';
import { helmPath } from '../kubectl/kubectl.ts';
import { ROOT, runCommand } from '../run-command.ts';
import { writeFiles } from './scratch-folder.ts';
import { copyWorkspace, linkPackages } from './workspace-copy.ts';

const MODULE = 'modules/hello-module';

/** One numbered step of CONTRIBUTING.md: the file it names first, and its fenced block. */
interface Step {
  readonly number: number;
  readonly file: string | undefined;
  readonly text: string;
}

describe('the ten steps of CONTRIBUTING.md', () => {
  let steps: readonly Step[];
  let copy: Awaited<ReturnType<typeof copyWorkspace>>;

  beforeAll(async () => {
    steps = readSteps(await readFile(join(ROOT, 'CONTRIBUTING.md'), 'utf8'));
    copy = await copyWorkspace();
    for (const { file, text } of steps) if (file !== undefined) await writeFiles(copy.path, { [file]: text });
    await run('bash', ['-euc', steps.find(({ number }) => number === 8)?.text ?? 'exit 1']);
    await linkPackages(copy.path);
  }, 120_000);

  afterAll(() => copy[Symbol.asyncDispose]());

  /** Runs a program in the copy; fails with its output. */
  async function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
    const { code, output } = await runCommand(command, args, {
      cwd: copy.path,
      env: { NODE_OPTIONS: '', ...env },
    });
    if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}:\n${output}`);
    return output;
  }

  async function runTool(path: string, ...args: readonly string[]): Promise<string> {
    return run(process.execPath, [join('node_modules', path), ...args]);
  }

  it('are ten, each with one block', () => {
    expect(steps.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(steps.filter(({ file }) => file === undefined).map(({ number }) => number)).toEqual([8, 9]);
  });

  it('name commands in step 9 that exist', async () => {
    const { scripts } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { scripts: object };
    const commands = steps.find(({ number }) => number === 9)?.text ?? '';
    for (const [, script = ''] of commands.matchAll(/npm run ([\w:]+)/g))
      expect(scripts).toHaveProperty([script]);
    for (const [, file = ''] of commands.matchAll(/node (\S+)/g))
      expect(existsSync(join(ROOT, file))).toBe(true);
    expect(commands).toContain('npx nx sync');
  });

  it('give a module that nx sync adds to the solution and that compiles', async () => {
    await runTool('nx/dist/bin/nx.js', 'sync');
    expect(await readFile(join(copy.path, 'tsconfig.json'), 'utf8')).toContain(MODULE);
    await runTool('typescript7/bin/tsc', '-b', MODULE);
    expect(existsSync(join(copy.path, MODULE, 'dist/main.js'))).toBe(true);
  }, 300_000);

  it('give a test that compiles and passes', async () => {
    const types = await runCommand(
      process.execPath,
      ['node_modules/typescript7/bin/tsc', '-p', 'tsconfig.test.json'],
      { cwd: copy.path },
    );
    expect(types.output.split('\n').filter((line) => line.startsWith(MODULE))).toEqual([]);
    const output = await run(process.execPath, ['node_modules/jest/bin/jest.js', MODULE], {
      NODE_OPTIONS: '--experimental-vm-modules',
    });
    expect(output).toContain('Tests:       2 passed, 2 total');
  }, 300_000);

  it('give files that lint, format and checks accept', async () => {
    await runTool('eslint/bin/eslint.js', MODULE);
    await runTool('prettier/bin/prettier.cjs', '--check', MODULE, 'examples/greet');
    const problems = [...(await checkDependencies(copy.path)), ...(await checkModuleVersions(copy.path))];
    expect(problems.filter(({ where }) => where.startsWith(MODULE))).toEqual([]);
  }, 300_000);

  it('give a README that codegen fills', async () => {
    await run(process.execPath, ['--conditions=@tinysystems/source', 'tools/codegen/main.ts']);
    const text = await readFile(join(copy.path, MODULE, 'README.md'), 'utf8');
    expect(text).toMatch(/\| `hello` +\| Greets a person by name\. +\| `request` +\| `greeting` +\|/);
  }, 120_000);

  it('give a bundle, the whole content of the image, that tells what it ships', async () => {
    await run(process.execPath, ['tools/bundle.ts', 'hello-module']);
    const output = await run(process.execPath, [join(MODULE, 'dist/main.js'), 'components-info']);
    expect(output).toContain('Greets a person by name.');
  }, 120_000);

  it('give an image and a chart of its own name', async () => {
    const dockerfile = await readFile(join(copy.path, MODULE, 'Dockerfile'), 'utf8');
    expect(dockerfile).toContain('tools/bundle.ts hello-module');
    const rendered = await renderChart(join(copy.path, MODULE, 'chart'));
    expect(rendered).toContain('tinysystems/hello-module:0.1.0');
    expect(dockerfile + rendered).not.toContain('common-module');
  }, 120_000);

  it('end with a flow whose nodes and edges exist', () => {
    const nodes = parseAllDocuments(steps.at(-1)?.text ?? '').map((document) => document.toJS());
    const names = nodes.map((node) => node.metadata.name);
    expect(nodes.map((node) => `${node.spec.module}/${node.spec.component}`)).toContain('hello-module/hello');
    for (const node of nodes) for (const edge of node.spec.edges ?? []) expect(names).toContain(edge.to);
  });

  async function renderChart(chart: string): Promise<string> {
    const helm = await helmPath();
    await run(helm, ['dependency', 'build', chart]);
    return run(helm, ['template', 'hello', chart, '--set', 'tls.secretName=hello-module-tls']);
  }
});

/** The steps: `**1.** …` up to the next, with the first path in backticks and the first fenced block. */
function readSteps(page: string): readonly Step[] {
  const parts = page.split(/^\*\*(\d+)\.\*\* /m).slice(1);
  return parts.flatMap((number, index) => {
    if (index % 2 === 1) return [];
    const body = parts[index + 1] ?? '';
    const [, text = ''] = /^```\w+\n([\s\S]*?)^```$/m.exec(body) ?? [];
    const file = /^`([\w./-]+\/[\w.-]+)`:/.exec(body)?.[1];
    return [{ number: Number(number), file, text }];
  });
}
