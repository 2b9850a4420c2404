import { eventually } from '@tinysystems/testing';

import { Kubectl } from './kubectl-cli.ts';
import { needs } from './needs.ts';
import { widget } from './widget.ts';

const TIMEOUT_MS = 300_000;

describe('kubectl get', () => {
  let kubectl: Kubectl;

  beforeAll(async () => {
    kubectl = await Kubectl.start();
    const objects = ['one', 'two', 'three'].map((name, index) =>
      widget(
        name,
        { size: index + 1, color: name === 'two' ? 'blue' : 'red' },
        { labels: { tier: name === 'one' ? 'db' : 'web' } },
      ),
    );
    await kubectl.out('create', '-f', await kubectl.write('widgets.json', ...objects));
  }, TIMEOUT_MS);
  afterAll(() => kubectl[Symbol.asyncDispose]());

  const names = async (...words: readonly string[]): Promise<string[]> =>
    (await kubectl.out('get', 'widgets', '-o', 'name', ...words)).trim().split('\n').filter(Boolean);

  it('selects by labels and by name', async () => {
    expect(await names('-l', 'tier=web')).toEqual([
      'widget.probe.example.com/three',
      'widget.probe.example.com/two',
    ]);
    expect(await names('-l', 'tier in (db)')).toEqual(['widget.probe.example.com/one']);
    expect(await names('--field-selector', 'metadata.name=three')).toEqual([
      'widget.probe.example.com/three',
    ]);
  });

  needs('selectableFields')('selects by a field that the kind names', async () => {
    expect(await names('--field-selector', 'spec.color=blue')).toEqual(['widget.probe.example.com/two']);
  });

  it('reads page by page', async () => {
    expect(await names('--chunk-size=1')).toHaveLength(3);
  });

  it('prints YAML, JSONPath, custom columns and labels, and sorts', async () => {
    expect(await kubectl.out('get', 'wd', 'one', '-o', 'yaml')).toMatch(
      /^apiVersion: probe.example.com\/v1\nkind: Widget\n/,
    );
    expect(await kubectl.out('get', 'wd', '-o', 'jsonpath={.items[*].spec.size}')).toBe('1 3 2');
    expect(
      await kubectl.out('get', 'wd', '-o', 'custom-columns=N:.metadata.name,S:.spec.size', '--no-headers'),
    ).toMatch(/one +1\nthree +3\ntwo +2\n/);
    expect(await kubectl.out('get', 'wd', '--show-labels')).toContain('tier=web');
    const sorted = await kubectl.out('get', 'wd', '--sort-by=.spec.size', '--no-headers');
    expect(sorted.split('\n').map((line) => line.split(/\s+/)[0])).toEqual(['one', 'two', 'three', '']);
  });

  it('watches until an object goes', async () => {
    await kubectl.out('create', '-f', await kubectl.write('seen.json', widget('seen')));
    const watching = kubectl.begin('get', 'wd', 'seen', '--watch', '-o', 'name');
    let printed = '';
    watching.stdout?.on('data', (chunk: Buffer) => (printed += chunk.toString()));
    const lines = (): number => printed.split('widget.probe.example.com/seen\n').length - 1;
    await eventually(() => expect(lines()).toBe(1));
    await kubectl.out('label', 'wd', 'seen', 'seen=yes');
    await eventually(() => expect(lines()).toBe(2));
    await kubectl.out('delete', 'wd', 'seen');
    await eventually(() => expect(lines()).toBe(3));
    watching.kill();
  });

  it('prints the columns of built-in kinds', async () => {
    const { namespace } = kubectl.server;
    const event = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: 'e', namespace },
      involvedObject: { kind: 'Widget', name: 'one', namespace },
      reason: 'Seen',
      message: 'It was seen.',
      type: 'Normal',
      lastTimestamp: new Date().toISOString(),
    };
    await kubectl.out('create', '-f', await kubectl.write('event.json', event));
    const [head = '', row = ''] = (await kubectl.out('get', 'events')).split('\n');
    expect(head.trim().split(/\s{2,}/)).toEqual(['LAST SEEN', 'TYPE', 'REASON', 'OBJECT', 'MESSAGE']);
    expect(
      row
        .trim()
        .split(/\s{2,}/)
        .slice(1),
    ).toEqual(['Normal', 'Seen', 'widget/one', 'It was seen.']);
    expect(await kubectl.out('get', 'events', '-o', 'wide')).toContain('FIRST SEEN');
    expect((await kubectl.out('events')).split('\n')[1]).toMatch(/Normal +Seen +Widget\/one +It was seen\./);
    await kubectl.out('create', 'deployment', 'web', '--image=web:1');
    expect(await kubectl.out('get', 'deployment', 'web', '-o', 'wide')).toMatch(
      /NAME +READY +UP-TO-DATE +AVAILABLE +AGE +CONTAINERS +IMAGES +SELECTOR\nweb +0\/1 +[01] +0 +\S+ +web +web:1 +app=web\n/,
    );
    await kubectl.out('create', 'configmap', 'cm', '--from-literal=a=1', '--from-literal=b=2');
    expect(await kubectl.out('get', 'configmap', 'cm', '--no-headers')).toMatch(/^cm +2 +\S+\n$/);
  });

  it('gets everything of a category and of several kinds', async () => {
    expect((await kubectl.out('get', 'all')).toLowerCase()).not.toContain('error');
    await kubectl.out('create', 'configmap', 'other', '--from-literal=a=1');
    expect(await kubectl.out('get', 'wd/one', 'cm/other', '-o', 'name')).toBe(
      'widget.probe.example.com/one\nconfigmap/other\n',
    );
    expect((await kubectl.out('get', 'probe', '-o', 'name')).trim().split('\n')).toHaveLength(3);
  });
});
