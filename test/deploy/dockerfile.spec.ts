import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { SourceMap } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { TestCluster, eventually } from '@tinysystems/testing';
import { bundleModule } from '../../tools/bundle.ts';
import { ChartCopy, ROOT } from './chart.ts';

interface Instruction {
  readonly name: string;
  readonly rest: string;
}

const run = promisify(execFile);
const MODULES = ['common-module', 'http-module'];

describe.each(MODULES)('the Dockerfile of %s', (module) => {
  let stages: readonly (readonly Instruction[])[];
  let runtime: readonly Instruction[];
  beforeAll(async () => {
    stages = stagesOf(await readFile(join(ROOT, 'modules', module, 'Dockerfile'), 'utf8'));
    runtime = stages.at(-1)!;
  });
  const valueOf = (name: string): string | undefined =>
    runtime.find((instruction) => instruction.name === name)?.rest;

  it('builds in one stage and runs in another, all from one base image that can be replaced', () => {
    expect(stages.length).toBeGreaterThan(1);
    expect(valueOf('FROM')).toBe('${NODE_IMAGE}');
    // Built where it is fast, also when the image is for another processor.
    for (const [from] of stages.slice(0, -1)) {
      expect(from!.rest).toMatch(/^--platform=\$BUILDPLATFORM \$\{NODE_IMAGE\} AS \w+$/);
    }
  });

  it('installs without scripts and with a cache', () => {
    const install = stages.flat().filter(({ rest }) => rest.includes('npm ci'));
    expect(install).toEqual([
      { name: 'RUN', rest: '--mount=type=cache,target=/root/.npm npm ci --ignore-scripts' },
    ]);
  });

  it('takes nothing but the bundle of this module into the image', () => {
    expect(stages.flat()).toContainEqual({ name: 'RUN', rest: `node tools/bundle.ts ${module}` });
    const taken = runtime.filter(({ name }) => name === 'COPY' || name === 'ADD' || name === 'RUN');
    expect(taken).toEqual([
      { name: 'COPY', rest: `--from=build /repository/modules/${module}/dist/*.js* ./` },
    ]);
    expect(valueOf('WORKDIR')).toBe('/app');
  });

  it('runs as a numbered user that is not root', () => {
    expect(Number(valueOf('USER')?.split(':')[0])).toBeGreaterThan(0);
  });

  it('makes the module process 1 and runs it by default', () => {
    expect(JSON.parse(valueOf('ENTRYPOINT')!)).toEqual([
      'node',
      '--enable-source-maps',
      '--max-semi-space-size=8',
      '/app/main.js',
    ]);
    expect(JSON.parse(valueOf('CMD')!)).toEqual(['run']);
    expect(valueOf('EXPOSE')?.split(' ').sort()).toEqual(['8080', '8081', '8483']);
  });

  it('is labelled with the name and the version of the module', async () => {
    const { version } = JSON.parse(await readFile(join(ROOT, 'modules', module, 'package.json'), 'utf8'));
    expect(valueOf('ARG')).toBe(`VERSION=${version}`);
    expect(valueOf('LABEL')).toContain(`org.opencontainers.image.title="${module}"`);
    expect(valueOf('LABEL')).toContain('org.opencontainers.image.version="${VERSION}"');
  });
});

describe('.dockerignore', () => {
  it('keeps everything out except what the build reads', async () => {
    const lines = (await readFile(join(ROOT, '.dockerignore'), 'utf8'))
      .split('\n')
      .filter((line) => /^[^#]/.test(line));
    expect(lines[0]).toBe('*');
    expect(lines).toEqual(expect.arrayContaining(['**/node_modules', '**/dist']));
    const kept = lines.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
    for (const path of kept) await access(join(ROOT, path));
    // tsconfig.base.json: each project extends it, and esbuild reads how to compile from there.
    expect(kept.sort()).toEqual(
      [
        '.npmrc',
        'modules',
        'package-lock.json',
        'package.json',
        'packages',
        'tools',
        'tsconfig.base.json',
      ].sort(),
    );
  });
});

describe.each(MODULES)('the bundle of %s', (module) => {
  let folder: string;
  let bundle: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bundle-'));
    bundle = await bundleModule({ module, outfile: join(folder, 'main.js') });
  }, 60_000);
  afterAll(async () => rm(folder, { recursive: true, force: true }));

  it('runs where nothing is installed', async () => {
    const info = await componentsInfo([bundle, 'components-info']);
    const names = (await readdir(join(ROOT, 'modules', module, 'src/components')))
      .filter((file) => file.endsWith('.ts'))
      .map((file) => file.replace(/\.ts$/, '').replaceAll('-', '_'));
    expect(info.name).toBe(module);
    expect(info.components.length).toBeGreaterThan(0);
    for (const component of info.components) expect(names).toContain(component.name);
  });

  it('runs with its control thread where nothing is installed: it serves probes, and leads', async () => {
    await using cluster = await TestCluster.start();
    const local = ['--grpc-server-bind-address', '--health-probe-bind-address', '--metrics-bind-address'];
    const child = spawn(
      process.execPath,
      [
        ...[
          '--enable-source-maps',
          bundle,
          'run',
          '--namespace',
          'default',
          '--kubeconfig',
          cluster.kubeconfig,
        ],
        ...local.flatMap((flag) => [flag, '127.0.0.1:0']),
      ],
      { cwd: tmpdir(), env: {}, stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const ended = once(child, 'exit');
    const records: Record<string, unknown>[] = [];
    createInterface({ input: child.stdout }).on('line', (line) => records.push(JSON.parse(line)));
    const logged = (message: string) =>
      eventually(() => records.find(({ msg }) => msg === message) ?? false, { timeoutMs: 30_000 });
    try {
      const { health } = await logged('module serves');
      const answer = await fetch(`http://127.0.0.1:${String(health)}/healthz?verbose`);
      expect([answer.status, await answer.text()]).toEqual([
        200,
        '[+]event loop ok\n[+]elections ok\nhealthz check passed\n',
      ]);
      await logged('leading');
    } finally {
      child.kill('SIGTERM');
      expect(await ended).toEqual([0, null]);
    }
  }, 60_000);

  it('has a source map that is small, because Node keeps it in memory, and the licences of what it contains', async () => {
    const text = await readFile(`${bundle}.map`, 'utf8');
    expect(JSON.parse(text).sources).toContainEqual(expect.stringMatching(`modules/${module}/src/main.ts$`));
    expect(text.length).toBeLessThan(1024 * 1024);
    expect(await readFile(bundle, 'utf8')).toContain('//# sourceMappingURL=main.js.map');
    expect(await readFile(`${bundle}.LEGAL.txt`, 'utf8')).toMatch(/license/i);
  });

  it('leads from a position in the bundle to the source', async () => {
    const text = await readFile(bundle, 'utf8');
    const before = text.slice(0, text.indexOf('async function runModule(')).split('\n');
    const map = new SourceMap(JSON.parse(await readFile(`${bundle}.map`, 'utf8')));
    expect(map.findEntry(before.length - 1, before.at(-1)!.length)).toMatchObject({
      originalSource: expect.stringMatching('packages/sdk/src/run-module.ts$'),
    });
  });

  it('understands the flags that its chart gives it', async () => {
    await using charts = await ChartCopy.create([module]);
    const rendering = await charts.render(module, { 'module.name': 'renamed', 'module.version': '9.8.7' });
    const job = rendering.hook('Job')['spec'].template.spec.containers[0];
    const [command, ...flags]: readonly string[] = rendering.container['args'];
    const [hookCommand, ...hookFlags]: readonly string[] = job.args;
    expect([command, hookCommand]).toEqual(['run', 'pre-delete']);
    // components-info reads all flags as `run` does, but needs no cluster.
    const info = await componentsInfo([bundle, 'components-info', ...flags]);
    expect(info).toMatchObject({ name: 'renamed', version: '9.8.7' });
    await expect(componentsInfo([bundle, 'components-info', ...hookFlags])).resolves.toMatchObject({
      name: 'renamed',
    });
    await expect(componentsInfo([bundle, 'components-info', '--no-such-flag'])).rejects.toThrow(
      'no-such-flag',
    );
  });
});

describe('tools/bundle.ts', () => {
  it('says which module does not exist, and fails', async () => {
    const bundling = run(process.execPath, [join(ROOT, 'tools/bundle.ts'), 'no-such-module']);
    await expect(bundling).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no module "no-such-module"'),
    });
  });
});

/** What the bundle prints, in a folder and an environment that have nothing of this repository. */
async function componentsInfo(
  argv: readonly string[],
): Promise<{ name: string; version: string; components: any[] }> {
  const { stdout } = await run(process.execPath, ['--enable-source-maps', ...argv], {
    cwd: tmpdir(),
    env: {},
    timeout: 15_000,
  });
  return JSON.parse(stdout);
}

/** The instructions of each stage; lines that end in a backslash are joined. What is before the first FROM is left out. */
function stagesOf(dockerfile: string): readonly (readonly Instruction[])[] {
  const instructions = dockerfile
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => /^[A-Z]/.test(line))
    .map((line) => ({ name: line.split(' ', 1)[0]!, rest: line.slice(line.indexOf(' ') + 1) }));
  const starts = instructions.flatMap(({ name }, index) => (name === 'FROM' ? [index] : []));
  return starts.map((start, nth) => instructions.slice(start, starts[nth + 1]));
}
