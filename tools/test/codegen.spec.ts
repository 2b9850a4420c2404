import { jest } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CRDS } from '@tinysystems/api';
import { parseAllDocuments } from 'yaml';
import { fillBlock } from '../codegen/component-docs.ts';
import { generateCrds } from '../codegen/crds.ts';
import { findDrift, writeGenerated } from '../codegen/generated-files.ts';
import { checkProto, generateProto } from '../codegen/proto.ts';
import { schemaText } from '../codegen/schema-text.ts';
import { helmPath } from '../kubectl/kubectl.ts';
import { ROOT } from '../run-command.ts';
import { scratchFolder } from './scratch-folder.ts';

// Starts programs, and the machine may be busy.
jest.setTimeout(120_000);

describe('generateCrds', () => {
  it('makes a chart from which helm renders exactly the CRDs, kept when the release is removed', async () => {
    await using scratch = await scratchFolder('crds-');
    const { files } = generateCrds();
    await writeGenerated(scratch.path, { files, folders: [] });
    const chart = join(scratch.path, 'deploy/charts/crds');
    await writeFile(join(chart, 'Chart.yaml'), await readFile(join(ROOT, 'deploy/charts/crds/Chart.yaml')));
    const { stdout } = await promisify(execFile)(await helmPath(), ['template', 'crds', chart]);
    const rendered = byName(parseAllDocuments(stdout).map((document) => document.toJS()));
    const kept = CRDS.map((crd) => ({
      ...crd,
      metadata: { ...crd.metadata, annotations: { 'helm.sh/resource-policy': 'keep' } },
    }));
    expect(rendered).toEqual(byName(JSON.parse(JSON.stringify(kept))));
    expect(stdout).toContain('{{ expressions }}');
  });

  it('makes one plain file with the same CRDs', () => {
    const plain = generateCrds().files.get('deploy/crds.yaml') ?? '';
    const documents = parseAllDocuments(plain).map((document) => document.toJS());
    expect(documents).toEqual(JSON.parse(JSON.stringify(CRDS)));
  });
});

describe('generateProto', () => {
  it('generates the committed code without touching it', async () => {
    const before = await stat(join(ROOT, 'packages/proto/src/gen/module/module.ts'));
    const generated = await generateProto(ROOT);
    expect([...generated.files.keys()]).toEqual([
      'packages/proto/src/gen/grpc/reflection/v1/reflection.ts',
      'packages/proto/src/gen/module/module.ts',
      'packages/proto/src/gen/descriptors.ts',
    ]);
    expect(await findDrift(ROOT, generated)).toEqual([]);
    const after = await stat(join(ROOT, 'packages/proto/src/gen/module/module.ts'));
    expect(after.mtimeMs).toBe(before.mtimeMs);
  });

  it('passes buf lint', async () => {
    await expect(checkProto(ROOT)).resolves.toBeUndefined();
  });
});

describe('generated files', () => {
  const generated = {
    files: new Map([
      ['gen/a.txt', 'a'],
      ['gen/b.txt', 'b'],
      ['other/c.txt', 'c'],
    ]),
    folders: ['gen'],
  };

  it('drift when they are changed, missing or left over', async () => {
    await using root = await scratchFolder('drift-');
    await mkdir(join(root.path, 'gen/old'), { recursive: true });
    await writeFile(join(root.path, 'gen/a.txt'), 'edited');
    await writeFile(join(root.path, 'gen/old/d.txt'), 'd');
    expect(await findDrift(root.path, generated)).toEqual([
      'gen/a.txt',
      'gen/b.txt',
      'gen/old/d.txt',
      'other/c.txt',
    ]);
  });

  it('do not drift once they are written', async () => {
    await using root = await scratchFolder('drift-');
    await mkdir(join(root.path, 'gen'));
    await writeFile(join(root.path, 'gen/leftover.txt'), '');
    expect(await writeGenerated(root.path, generated)).toHaveLength(4);
    expect(await findDrift(root.path, generated)).toEqual([]);
    expect(await writeGenerated(root.path, generated)).toEqual([]);
  });
});

describe('fillBlock', () => {
  it('replaces what is between the marks and nothing else', () => {
    const text = 'before\n<!-- components -->\nold\n<!-- /components -->\nafter';
    expect(fillBlock(text, 'new', 'README.md')).toBe(
      'before\n<!-- components -->\n\nnew\n\n<!-- /components -->\nafter',
    );
  });

  it('names the file that has no marks', () => {
    expect(() => fillBlock('text', 'new', 'modules/x/README.md')).toThrow('modules/x/README.md has no block');
  });
});

describe('schemaText', () => {
  it('reads like a TypeScript type', () => {
    const route = {
      type: 'object',
      properties: { route: { type: 'string' }, on: { type: 'boolean' } },
      required: ['route'],
    };
    expect(schemaText({ type: 'array', items: route })).toBe('{ route: string, on?: boolean }[]');
    expect(schemaText({ type: 'array', items: { enum: ['a', 1] } })).toBe('("a" or 1)[]');
    expect(schemaText({ anyOf: [{ type: 'string' }, { type: 'null' }] })).toBe('string or null');
    expect(schemaText({ title: 'Context' })).toBe('any');
  });
});

function byName(resources: readonly { readonly metadata: { readonly name: string } }[]) {
  return Object.fromEntries(resources.map((resource) => [resource.metadata.name, resource]));
}
