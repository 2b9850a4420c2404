import { mkdtemp, readFile, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@tinysystems/core';
import { CertificateFiles } from '@tinysystems/transport';
import { createDevCertificates } from '../../src/dev/certificates.ts';

const MODULES = ['http-module', 'common-module'];

describe('the certificates of tinysystems dev', () => {
  let directory: string;
  beforeEach(async () => void (directory = await mkdtemp(join(tmpdir(), 'dev-certificates-'))));
  afterEach(() => rm(directory, { recursive: true }));

  const create = () => createDevCertificates({ directory, namespace: 'default', modules: MODULES });

  it('are good for each module, and for its own owner only to read', async () => {
    const directories = await create();
    for (const module of MODULES) {
      const path = directories.get(module) ?? '';
      using files = new CertificateFiles({
        directory: path,
        identity: { namespace: 'default', module },
        clock: systemClock,
        onLoaded: () => undefined,
        onRefused: () => undefined,
        onExpiring: () => undefined,
      });
      await expect(files.open()).resolves.toBeUndefined();
      expect((await stat(path)).mode & 0o777).toBe(0o700);
      for (const name of await readdir(path)) expect((await stat(join(path, name))).mode & 0o777).toBe(0o600);
    }
  });

  it('are of an authority that is new at each start, and whose key is nowhere', async () => {
    const authorityOf = async (module: string) => readFile(join(directory, module, 'ca.crt'), 'utf8');
    await create();
    const first = await authorityOf('http-module');
    expect(await authorityOf('common-module')).toBe(first);
    await create();
    expect(await authorityOf('http-module')).not.toBe(first);
    const names = await readdir(directory, { recursive: true });
    expect(names.filter((name) => name.endsWith('.key')).sort()).toEqual([
      'common-module/tls.key',
      'http-module/tls.key',
    ]);
  });
});
