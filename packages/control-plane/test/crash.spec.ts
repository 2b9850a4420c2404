import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

import { startControlPlane } from '@tinysystems/control-plane';

import { TestServer } from './client.ts';

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
