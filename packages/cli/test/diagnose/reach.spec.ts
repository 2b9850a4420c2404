import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { reach } from '../../src/diagnose/reach.ts';

const CLUSTER = { namespace: 'ns', kubeconfig: '/somewhere/config' };
const inPod = {
  module: 'm',
  identity: 'm-7c9f-xk2-a1b2c3',
  pod: 'm-7c9f-xk2',
  isLocal: false,
  diagnostics: '127.0.0.1:8082',
};

describe('the way to a replica', () => {
  let folder: string;
  let program: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'reach-'));
    program = join(folder, 'kubectl');
  });
  afterEach(() => rm(folder, { recursive: true }));

  /** A kubectl that does what a test says. */
  async function kubectl(script: string): Promise<void> {
    await writeFile(program, `#!/bin/sh\n${script}\n`);
    await chmod(program, 0o755);
  }

  it('is its own address when it runs on this machine', async () => {
    using reached = await reach({ ...inPod, isLocal: true, diagnostics: '127.0.0.1:4711' }, CLUSTER);
    expect(reached.url).toBe('http://127.0.0.1:4711');
  });

  it('is a port that kubectl forwards to its pod, until it is not needed any more', async () => {
    await kubectl(
      `echo "$$ $@" > ${folder}/called; echo "Forwarding from 127.0.0.1:4711 -> 8082"; exec sleep 600`,
    );
    const reached = await reach(inPod, CLUSTER, program);
    expect(reached.url).toBe('http://127.0.0.1:4711');
    const [pid, ...args] = (await readFile(join(folder, 'called'), 'utf8')).trim().split(' ');
    expect(args.join(' ')).toBe(
      '--kubeconfig /somewhere/config --namespace ns port-forward pod/m-7c9f-xk2 :8082',
    );
    reached[Symbol.dispose]();
    await until(() => {
      try {
        process.kill(Number(pid), 0);
        return false;
      } catch {
        return true; // ESRCH: it has ended
      }
    });
  });

  it('says what to install when there is no kubectl', async () => {
    await expect(reach(inPod, CLUSTER, program)).rejects.toThrow(
      'there is no kubectl on the PATH: install it',
    );
  });

  it('says which rights are missing', async () => {
    await kubectl('echo "Error from server (Forbidden): pods \\"m\\" is forbidden: no" >&2; exit 1');
    await expect(reach(inPod, CLUSTER, program)).rejects.toThrow(
      /^you may not look into pods here: it takes the rights get on pods and create on pods\/portforward/,
    );
  });

  it('says what kubectl said, and what to do about a replica without diagnostics', async () => {
    await kubectl('echo "error: unable to find a pod" >&2; exit 1');
    await expect(reach(inPod, CLUSTER, program)).rejects.toThrow(/^error: unable to find a pod$/);
    await expect(reach({ ...inPod, diagnostics: undefined }, CLUSTER)).rejects.toThrow(
      'it has no diagnostics server: see its log, and --diagnostics-bind-address',
    );
  });
});

/** Waits for a condition, for 10 s at most. */
async function until(isTrue: () => boolean): Promise<void> {
  const endMs = performance.now() + 10_000;
  while (!isTrue()) {
    if (performance.now() > endMs) throw new Error('it did not come true within 10 s');
    await new Promise((resolve) => setImmediate(resolve));
  }
}
