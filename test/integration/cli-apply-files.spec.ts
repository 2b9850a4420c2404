import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TestCluster } from '@tinysystems/testing';
import { applyFiles } from '@tinysystems/cli';

const NODE = (settings: string) =>
  `apiVersion: operator.tinysystems.io/v1alpha1\nkind: TinyNode\nmetadata: { name: n }\nspec: { module: m, component: c, settings: ${settings} }\n`;

describe('applyFiles', () => {
  let folder: string;
  const signal = AbortSignal.timeout(20_000);
  beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'apply-'))));
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('creates what is not there and changes what the file changed', async () => {
    await using cluster = await TestCluster.start();
    const options = { client: cluster.client, namespace: 'default', signal };
    await writeFile(join(folder, 'a.yaml'), NODE('{ a: 1 }'));
    expect((await applyFiles(folder, options)).objects).toMatchObject([
      { kind: 'TinyNode', metadata: { name: 'n' } },
    ]);
    await writeFile(join(folder, 'a.yaml'), NODE('{ a: 2 }'));
    expect((await applyFiles(folder, options)).kept).toEqual([]);
    expect((await cluster.nodes.get('n')).spec.settings).toEqual({ a: 2 });
  });

  it('keeps what somebody else changed', async () => {
    await using cluster = await TestCluster.start();
    const options = { client: cluster.client, namespace: 'default', signal };
    await writeFile(join(folder, 'a.yaml'), NODE('{ a: 1 }'));
    await applyFiles(folder, options);
    await cluster.nodes.patch('n', { spec: { settings: { a: 7 } } });
    expect((await applyFiles(folder, options)).kept).toEqual(['TinyNode n']);
    expect((await cluster.nodes.get('n')).spec.settings).toEqual({ a: 7 });
  });

  it('names file and problem', async () => {
    await using cluster = await TestCluster.start();
    const options = { client: cluster.client, namespace: 'default', signal };
    const file = join(folder, 'a.yaml');
    await writeFile(file, 'kind: Pod\nmetadata: { name: p }\n');
    await expect(applyFiles(file, options)).rejects.toThrow(
      `${file}: kind Pod is not one of ours; apply it with kubectl`,
    );
    await writeFile(file, 'a: [');
    await expect(applyFiles(file, options)).rejects.toThrow(file);
    await writeFile(file, NODE('7'));
    await expect(applyFiles(file, options)).rejects.toThrow(/TinyNode n: .*spec\.settings/);
    await expect(applyFiles(join(folder, 'missing.yaml'), options)).rejects.toThrow('cannot be read');
  });
});
