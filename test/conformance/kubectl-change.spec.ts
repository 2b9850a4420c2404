import { chmod } from 'node:fs/promises';
import { dirname } from 'node:path';

import { Kubectl } from './kubectl-cli.ts';
import { needs } from './needs.ts';
import { widget } from './widget.ts';
import type { Output } from './workplace.ts';

const TIMEOUT_MS = 300_000;
/** A collector looks for new kinds every half a minute. */
const COLLECTION_TIMEOUT_MS = 150_000;

describe('kubectl', () => {
  let kubectl: Kubectl;
  beforeAll(async () => (kubectl = await Kubectl.start()), TIMEOUT_MS);
  afterAll(() => kubectl[Symbol.asyncDispose]());

  const create = async (name: string, spec?: object, metadata?: object): Promise<void> => {
    await kubectl.out('create', '-f', await kubectl.write(`${name}.json`, widget(name, spec, metadata)));
  };
  const field = (name: string, path: string): Promise<string> =>
    kubectl.out('get', 'wd', name, '-o', `jsonpath={${path}}`);

  it('edits with an editor', async () => {
    await create('edited', { size: 3 });
    const editWith = async (script: string): Promise<Output> => {
      const editor = kubectl.pathOf(await kubectl.write('editor.sh', `#!/bin/sh\n${script}\n`));
      await chmod(editor, 0o755);
      return kubectl.runWith({ KUBE_EDITOR: editor, TMPDIR: dirname(editor) }, 'edit', 'wd', 'edited');
    };
    const { code, stdout } = await editWith('sed -i "s/size: 3/size: 7/" "$1"');
    expect([code, stdout]).toEqual([0, 'widget.probe.example.com/edited edited\n']);
    expect(await field('edited', '.spec.size')).toBe('7');
    const refused = await editWith('sed -i "s/size: 7/size: 1000/" "$1"');
    expect([refused.code, refused.stderr]).toEqual([
      1,
      expect.stringContaining('widgets.probe.example.com "edited" is invalid'),
    ]);
  });

  it('patches in three ways', async () => {
    await create('patched', { size: 1 });
    await kubectl.out('patch', 'wd', 'patched', '--type=merge', '-p', '{"spec":{"size":2}}');
    expect(await field('patched', '.spec.size')).toBe('2');
    await kubectl.out(
      'patch',
      'wd',
      'patched',
      '--type=json',
      '-p',
      '[{"op":"replace","path":"/spec/size","value":3}]',
    );
    expect(await field('patched', '.spec.size')).toBe('3');
    await kubectl.out('create', 'deployment', 'patched', '--image=a:1');
    const containers = '{"spec":{"template":{"spec":{"containers":[{"name":"side","image":"b:1"}]}}}}';
    await kubectl.out('patch', 'deployment', 'patched', '--type=strategic', '-p', containers);
    expect(
      await kubectl.out(
        'get',
        'deployment',
        'patched',
        '-o',
        'jsonpath={.spec.template.spec.containers[*].image}',
      ),
    ).toBe('b:1 a:1');
    const { code, stderr } = await kubectl.run('patch', 'wd', 'patched', '--type=strategic', '-p', '{}');
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining('is not supported by probe.example.com/v1, Kind=Widget'),
    ]);
  });

  it('labels and annotates, overwrites when told to, and takes off', async () => {
    await create('marked');
    await kubectl.out('label', 'wd', 'marked', 'a=1');
    expect((await kubectl.run('label', 'wd', 'marked', 'a=2')).code).toBe(1);
    await kubectl.out('label', 'wd', 'marked', 'a=2', '--overwrite');
    await kubectl.out('annotate', 'wd', 'marked', 'note=x');
    expect([
      await field('marked', '.metadata.labels.a'),
      await field('marked', '.metadata.annotations.note'),
    ]).toEqual(['2', 'x']);
    await kubectl.out('label', 'wd', 'marked', 'a-');
    expect(await field('marked', '.metadata.labels')).toBe('');
  });

  it('shows what an apply would change, and changes nothing on a dry run', async () => {
    await kubectl.out('apply', '-f', await kubectl.write('planned.json', widget('planned', { size: 1 })));
    const next = await kubectl.write('planned2.json', widget('planned', { size: 2 }));
    const { code, stdout } = await kubectl.run('diff', '-f', next);
    expect([code, stdout]).toEqual([1, expect.stringMatching(/-\s+size: 1\n\+\s+size: 2/)]);
    expect((await kubectl.run('diff', '-f', 'planned.json')).code).toBe(0);
    expect(await kubectl.out('apply', '--dry-run=server', '-f', next)).toBe(
      'widget.probe.example.com/planned configured (server dry run)\n',
    );
    const bad = await kubectl.write('bad.json', widget('bad', { size: 1000 }));
    expect((await kubectl.run('create', '--dry-run=server', '-f', bad)).stderr).toContain(
      'should be less than or equal to 100',
    );
    expect(await field('planned', '.spec.size')).toBe('1');
  });

  it('applies fields in turn, and removes what is no longer said', async () => {
    await kubectl.out(
      'apply',
      '-f',
      await kubectl.write('p1.json', widget('pruned', { size: 1, code: 'AB1' })),
    );
    await kubectl.out('apply', '-f', await kubectl.write('p2.json', widget('pruned', { size: 1 })));
    expect(await field('pruned', '.spec.code')).toBe('');
    const server = ['apply', '--server-side', '-f'];
    await kubectl.out(...server, await kubectl.write('s1.json', widget('served', { size: 1, code: 'AB1' })));
    await kubectl.out(...server, await kubectl.write('s2.json', widget('served', { size: 1 })));
    expect(await field('served', '.spec.code')).toBe('');
    expect(await kubectl.out('get', 'wd', 'served', '-o', 'yaml', '--show-managed-fields')).toContain(
      'manager: kubectl',
    );
  });

  it('replaces an object, and not a version that is gone', async () => {
    await create('replaced', { size: 1 });
    const old = JSON.parse(await kubectl.out('get', 'wd', 'replaced', '-o', 'json'));
    await kubectl.out('replace', '-f', await kubectl.write('r.json', widget('replaced', { size: 2 })));
    expect(await field('replaced', '.spec.size')).toBe('2');
    const { code, stderr } = await kubectl.run('replace', '-f', await kubectl.write('stale.json', old));
    expect([code, stderr]).toEqual([1, expect.stringContaining('the object has been modified')]);
  });

  describe('delete', () => {
    const family = async (owner: string): Promise<void> => {
      await create(owner);
      const uid = await field(owner, '.metadata.uid');
      const reference = {
        apiVersion: 'probe.example.com/v1',
        kind: 'Widget',
        name: owner,
        uid,
        blockOwnerDeletion: true,
      };
      const child = {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: `${owner}-child`, ownerReferences: [reference] },
      };
      await kubectl.out('create', '-f', await kubectl.write('child.json', child));
    };

    needs('garbageCollector').each(['background', 'foreground'])(
      'takes dependents along in the %s',
      async (cascade) => {
        await family(cascade);
        await kubectl.out('delete', 'wd', cascade, `--cascade=${cascade}`);
        await kubectl.out('wait', `configmap/${cascade}-child`, '--for=delete', '--timeout=50s');
        expect((await kubectl.run('get', 'cm', `${cascade}-child`)).stderr).toContain('(NotFound)');
      },
      COLLECTION_TIMEOUT_MS,
    );

    needs('garbageCollector')(
      'leaves orphans when told to',
      async () => {
        await family('parent');
        await kubectl.out('delete', 'wd', 'parent', '--cascade=orphan');
        expect(
          await kubectl.out('get', 'cm', 'parent-child', '-o', 'jsonpath={.metadata.ownerReferences}'),
        ).toBe('');
      },
      COLLECTION_TIMEOUT_MS,
    );

    it('waits for finalizers, or does not', async () => {
      await create('held', { size: 1 }, { finalizers: ['example.com/hold'] });
      expect(await kubectl.out('delete', 'wd', 'held', '--wait=false')).toContain('deleted');
      expect(await field('held', '.metadata.deletionTimestamp')).not.toBe('');
      const { code, stderr } = await kubectl.run('delete', 'wd', 'held', '--timeout=1s');
      expect([code, stderr]).toEqual([1, expect.stringContaining('timed out waiting')]);
      const waiting = kubectl.run('wait', 'wd/held', '--for=delete', '--timeout=60s');
      await kubectl.out(
        'patch',
        'wd',
        'held',
        '--type=json',
        '-p',
        '[{"op":"remove","path":"/metadata/finalizers"}]',
      );
      expect((await waiting).code).toBe(0);
    });

    it('deletes by label and all at once', async () => {
      await create('x1', { size: 1 }, { labels: { group: 'x' } });
      await create('x2', { size: 1 }, { labels: { group: 'x' } });
      expect((await kubectl.out('delete', 'wd', '-l', 'group=x')).trim().split('\n')).toHaveLength(2);
      await kubectl.out('delete', 'wd', '--all');
      expect((await kubectl.run('get', 'wd')).stderr).toContain('No resources found');
    });
  });

  it('waits for a condition', async () => {
    await create('ready');
    const waiting = kubectl.run('wait', 'wd/ready', '--for=condition=Ready', '--timeout=60s');
    const status = '{"status":{"conditions":[{"type":"Ready","status":"True"}]}}';
    await kubectl.out('patch', 'wd', 'ready', '--subresource=status', '--type=merge', '-p', status);
    expect((await waiting).stdout).toBe('widget.probe.example.com/ready condition met\n');
    const timedOut = await kubectl.run('wait', 'wd/ready', '--for=condition=Other', '--timeout=1s');
    expect([timedOut.code, timedOut.stderr]).toEqual([1, expect.stringContaining('timed out waiting')]);
    expect(
      await kubectl.out('wait', 'crd/widgets.probe.example.com', '--for=condition=Established'),
    ).toContain('condition met');
  });

  it('describes an object with its events', async () => {
    await create('told', { size: 4 });
    const { namespace } = kubectl.server;
    const uid = await field('told', '.metadata.uid');
    const event = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: 'told.1', namespace },
      involvedObject: {
        apiVersion: 'probe.example.com/v1',
        kind: 'Widget',
        name: 'told',
        namespace,
        uid,
      },
      reason: 'Told',
      message: 'All about it.',
      type: 'Normal',
    };
    await kubectl.out('create', '-f', await kubectl.write('told-event.json', event));
    const text = await kubectl.out('describe', 'wd', 'told');
    expect(text).toMatch(/Name: +told\n[\s\S]*Size: +4[\s\S]*Events:[\s\S]*Told[\s\S]*All about it\./);
    expect(await kubectl.out('describe', 'crd', 'widgets.probe.example.com')).toContain('Established');
  });
});
