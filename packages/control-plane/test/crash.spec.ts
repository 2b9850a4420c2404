import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

import { startControlPlane } from '@tinysystems/control-plane';

import { TestClient, TestServer } from './client.ts';
import { configMap } from './widgets.ts';

const PATH = '/api/v1/namespaces/default/configmaps';

type Child = ChildProcessByStdio<null, Readable, null>;

function startChild(dataDirectory: string): Child {
  const program = join(import.meta.dirname, 'crash-server.ts');
  return spawn(process.execPath, ['--conditions=@tinysystems/source', program, dataDirectory], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
}

describe('a control plane that is killed', () => {
  let dataDirectory: string;

  beforeEach(async () => {
    dataDirectory = await mkdtemp(join(tmpdir(), 'control-plane-crash-'));
  });

  afterEach(async () => {
    await rm(dataDirectory, { recursive: true });
  });

  it('has every object that it acknowledged when it starts again', async () => {
    const child = startChild(dataDirectory);
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
    const client = new TestClient(JSON.parse(line));
    const acknowledged: string[] = [];
    const writers = Array.from({ length: 8 }, async (_, writer) => {
      for (let index = 0; ; index += 1) {
        const name = `w${writer}-${index}`;
        const { status } = await client.post(PATH, configMap(name, { index: String(index) }));
        if (status === 201) acknowledged.push(name);
        if (acknowledged.length === 200) child.kill('SIGKILL');
      }
    });
    await Promise.allSettled(writers);
    client.close();

    await using after = await TestServer.start({ dataDirectory });
    const { body } = await after.get(PATH);
    const found = new Set(body.items.map((item: any) => item.metadata.name));
    expect(acknowledged.length).toBeGreaterThanOrEqual(200);
    expect(acknowledged.filter((name) => !found.has(name))).toEqual([]);
    const newest = Math.max(...body.items.map((item: any) => Number(item.metadata.resourceVersion)));
    expect(Number(body.metadata.resourceVersion)).toBeGreaterThanOrEqual(newest);
  });

  it('keeps its data directory from a second process as long as it lives', async () => {
    const child = startChild(dataDirectory);
    await once(createInterface(child.stdout), 'line');
    await expect(startControlPlane({ dataDirectory })).rejects.toThrow(`in use by process ${child.pid}`);
    child.kill('SIGKILL');
    await once(child, 'exit');
    await using after = await TestServer.start({ dataDirectory });
    expect((await after.get('/api/v1/namespaces/default')).status).toBe(200);
  });
});
