import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findModules, parseReplicas } from '../../src/dev/modules.ts';

describe('the modules of a folder', () => {
  let folder: string;
  beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'modules-'))));
  afterEach(() => rm(folder, { recursive: true, force: true }));
  const add = async (name: string, manifest: string) => {
    await mkdir(join(folder, name));
    await writeFile(join(folder, name, 'package.json'), manifest);
  };

  it('are called as their TinyModules are', async () => {
    await add('one', '{"version":"1.2.3","tinysystems":{"module":"My_Module"}}');
    await add('library', '{"version":"1.2.3"}');
    expect(await findModules(folder)).toEqual([
      { name: 'my-module', version: '1.2.3', main: join(folder, 'one', 'src/main.ts') },
    ]);
  });

  it('cannot be found where there is no folder, or no JSON: the error says where', async () => {
    await expect(findModules(join(folder, 'nowhere'))).rejects.toThrow(
      `--modules ${join(folder, 'nowhere')}: ENOENT`,
    );
    await add('broken', '{');
    await expect(findModules(folder)).rejects.toThrow(`${join(folder, 'broken', 'package.json')}: `);
  });

  it('run in as many replicas as asked for, also none', async () => {
    await add('one', '{"tinysystems":{"module":"My_Module"}}');
    await add('two', '{"tinysystems":{"module":"other"}}');
    const modules = await findModules(folder);
    expect([...parseReplicas(['My_Module=0', 'other=3'], modules)]).toEqual([
      ['my-module', 0],
      ['other', 3],
    ]);
    expect(() => parseReplicas(['third=1'], modules)).toThrow('MODULE one of my-module, other');
    expect(() => parseReplicas(['other=17'], modules)).toThrow('at most 16');
  });
});
