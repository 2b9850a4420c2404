import { jest } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { helmPath, installTools, kubectlPath } from '../kubectl/kubectl.ts';

// Starts programs, and the machine may be busy.
jest.setTimeout(120_000);

const run = promisify(execFile);

describe('tools/kubectl', () => {
  it('installs a kubectl and a helm that run', async () => {
    const kubectl = await run(await kubectlPath(), ['version', '--client']);
    const helm = await run(await helmPath(), ['version', '--short']);
    expect(kubectl.stdout).toContain('v1.35');
    expect(helm.stdout).toMatch(/^v4\.1/);
  });

  it('gives every one of several racing callers the same finished folder', async () => {
    const cache = await mkdtemp(join(tmpdir(), 'kubectl-race-'));
    try {
      const folders = await Promise.all([1, 2].map(() => installTools(cache)));
      expect(new Set(folders).size).toBe(1);
      expect((await readdir(folders[0] ?? '')).sort()).toEqual(['helm', 'kubectl']);
      expect(await readdir(cache)).toHaveLength(1);
    } finally {
      await rm(cache, { recursive: true, force: true });
    }
  });
});
