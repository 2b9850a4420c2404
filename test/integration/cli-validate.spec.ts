import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { validateFlows } from '@tinysystems/cli';
import { component, done, input, output, outputs, z } from '@tinysystems/sdk';
import { TestCluster } from '@tinysystems/testing';

const source = component({
  name: 'source',
  description: 'Emits on the ports that its settings name.',
  tags: ['trigger'],
  settings: z.object({ names: z.array(z.string()).default(['a']) }),
  ports: {},
  dynamicPorts: ({ names }) => outputs('out_', names, z.object({ text: z.string() })),
  on: {},
});
const sink = component({
  name: 'sink',
  description: 'Takes numbers.',
  ports: { in: input(z.object({ count: z.number() }), { answers: 'never' }), out: output(z.unknown()) },
  on: { in: () => done },
});

const NODE = (port: string, names: string, count: string) => `
kind: TinyNode
metadata: { name: from }
spec:
  module: alpha
  component: source
  settings: { names: ${names} }
  edges: [{ id: e, port: ${port}, to: end, toPort: in, configuration: { count: "${count}" } }]
`;

/** What is said of a node in a file, against a cluster in which a `from` with `out_b`, and an `end`, run. */
async function findings(cluster: TestCluster, ...files: readonly string[]) {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'tinysystems-'));
  const paths = await Promise.all(
    files.map(async (text, index) => {
      const path = join(folder.path, `${index}.yaml`);
      await writeFile(path, text);
      return path;
    }),
  );
  const { verdict, edges } = await validateFlows(paths, { kubeconfig: cluster.kubeconfig, modules: '' });
  return [
    verdict,
    ...edges.flatMap(({ node, findings: found }) => found.map(({ code }) => `${node} ${code}`)),
  ];
}

describe('validate against a cluster', () => {
  it('goes by the TinyModules, and by the TinyNodes that run', async () => {
    await using cluster = await TestCluster.start();
    await cluster.startModule('alpha', [source, sink]);
    await cluster.createNode('end', { module: 'alpha', component: 'sink' });
    await cluster.createNode('from', {
      module: 'alpha',
      component: 'source',
      settings: { names: ['b'] },
      edges: [
        { id: 'e', port: 'out_b', to: 'end', toPort: 'in', configuration: { count: '{{length($.text)}}' } },
      ],
    });
    await cluster.ready('end', 'from');

    expect(await findings(cluster)).toEqual(['valid']);
    expect(await findings(cluster, NODE('out_b', '[b]', '{{length($.text)}}'))).toEqual(['valid']);
    expect(await findings(cluster, NODE('out_b', '[b]', '{{$.text}}'))).toEqual([
      'invalid',
      'from TypeMismatch',
    ]);
    expect(await findings(cluster, NODE('out_c', '[b]', '1'))).toContain('from PortUnknown');
    // Which ports new settings make, only their module knows.
    expect(await findings(cluster, NODE('out_c', '[c]', '{{1}}'))).toEqual(['unknown', 'from PortUnknown']);
  });
});
