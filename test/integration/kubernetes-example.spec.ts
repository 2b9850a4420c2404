import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LEASE } from '@tinysystems/kubernetes';
import { Cluster, eventually } from './kubernetes-cluster.ts';

const ROOT = join(import.meta.dirname, '..', '..');

describe('The operator in the README of packages/kubernetes', () => {
  it('does what it says, and ends cleanly on SIGTERM', async () => {
    await using cluster = await Cluster.start();
    await cluster.widgets.create({ metadata: { name: 'a', namespace: 'default' }, spec: { size: 4 } });
    await using program = await exampleProgram();
    const child = spawn(
      process.execPath,
      ['--conditions=@tinysystems/source', '--no-warnings', program.path, cluster.kubeconfig],
      { stdio: 'inherit', env: { ...process.env, NODE_OPTIONS: '' } },
    );
    const exited = once(child, 'exit');
    try {
      await eventually(async () => expect((await cluster.widgets.get('a')).status).toEqual({ size: 4 }));
      await cluster.widgets.patch('a', { spec: { size: 5 } });
      await eventually(async () => expect((await cluster.widgets.get('a')).status).toEqual({ size: 5 }));
    } finally {
      child.kill('SIGTERM');
    }

    expect(await exited).toEqual([0, null]);
    const lease = await cluster.connect().resource(LEASE, 'default').get('widget-operator');
    expect(lease.spec?.holderIdentity).toBe('');
  });

  it('has at most 30 lines', async () => {
    const lines = (await exampleCode()).split('\n').filter((line) => line.trim() !== '');

    expect(lines.length).toBeLessThanOrEqual(30);
  });
});

/** The first TypeScript block of the README. */
async function exampleCode(): Promise<string> {
  const readme = await readFile(join(ROOT, 'packages/kubernetes/README.md'), 'utf8');
  return /```ts\n(.*?)```/s.exec(readme)?.[1] ?? '';
}

/** It as a file that finds our packages. */
async function exampleProgram() {
  const directory = join(ROOT, '.cache', `example-${process.pid}`);
  const path = join(directory, 'operator.ts');
  await mkdir(directory, { recursive: true });
  await writeFile(path, await exampleCode());
  return { path, [Symbol.asyncDispose]: () => rm(directory, { recursive: true }) };
}
