import { join } from 'node:path';
import { checkImportCycles } from '../checks/import-cycles.ts';
import { ROOT, runCommand } from '../run-command.ts';
import { writeFiles } from './scratch-folder.ts';
import { copyWorkspace } from './workspace-copy.ts';

const RULE = '@nx/enforce-module-boundaries';

/** What each file must be refused for; `undefined`: it is fine. */
const CASES: readonly {
  readonly file: string;
  readonly text: string;
  readonly refusal: string | undefined;
}[] = [
  {
    file: 'packages/core/src/sideways.ts',
    text: `export { moduleService } from '@tinysystems/proto';`,
    refusal: 'A project tagged with "layer:leaf" cannot depend on any libs with tags',
  },
  {
    file: 'packages/engine/src/sideways.ts',
    text: `export { CRDS } from '@tinysystems/api';`,
    refusal: 'A project tagged with "layer:base" can only depend on libs tagged with "layer:leaf"',
  },
  {
    file: 'packages/kubernetes/src/contracts.ts',
    text: `export { TinyError } from '@tinysystems/core';`,
    refusal: 'A project tagged with "name:kubernetes" cannot depend on any libs with tags',
  },
  {
    file: 'packages/control-plane/src/contracts.ts',
    text: `export { TinyError } from '@tinysystems/core';`,
    refusal: 'A project tagged with "layer:server" cannot depend on any libs with tags',
  },
  {
    file: 'packages/operator/src/server.ts',
    text: `export { startControlPlane } from '@tinysystems/control-plane';`,
    refusal:
      'A project tagged with "layer:runtime" can only depend on libs tagged with "layer:leaf", "layer:base"',
  },
  {
    file: 'packages/cli/src/module.ts',
    text: `export { components } from '@tinysystems/common-module';`,
    refusal: 'A project tagged with "layer:harness" can only depend on libs tagged with',
  },
  {
    file: 'modules/common-module/src/engine.ts',
    text: `export { Scheduler } from '@tinysystems/engine';`,
    refusal: 'A project tagged with "layer:module" can only depend on libs tagged with "layer:sdk"',
  },
  {
    file: 'modules/common-module/src/kit.ts',
    text: `export { runComponent } from '@tinysystems/testing';`,
    refusal: 'A project tagged with "layer:module" can only depend on libs tagged with "layer:sdk"',
  },
  {
    file: 'modules/common-module/test/kit.ts',
    text: `export { runComponent } from '@tinysystems/testing';\nexport { component } from '@tinysystems/sdk';`,
    refusal: undefined,
  },
  {
    file: 'modules/common-module/test/engine.ts',
    text: `export { Scheduler } from '@tinysystems/engine';`,
    refusal:
      'A project tagged with "layer:module" can only depend on libs tagged with "layer:sdk", "name:testing"',
  },
  {
    file: 'packages/expression/src/upward.ts',
    text: `export { Scheduler } from '@tinysystems/engine';`,
    refusal: 'Circular dependency between "@tinysystems/expression" and "@tinysystems/engine" detected',
  },
  {
    file: 'packages/api/src/reach-in.ts',
    text: `export { TinyError } from '../../core/src/index.ts';`,
    refusal: 'Projects cannot be imported by a relative or absolute path',
  },
  {
    file: 'packages/engine/src/http.ts',
    text: `export { fetch } from 'undici';`,
    refusal: 'A project tagged with "name:engine" is not allowed to import "undici"',
  },
  {
    file: 'packages/core/src/schemas.ts',
    text: `export { z } from 'zod';`,
    refusal: 'A project tagged with "name:core" is not allowed to import "zod"',
  },
  {
    file: 'packages/core/src/validator.ts',
    text: `export { Ajv2020 } from 'ajv/dist/2020.js';`,
    refusal: undefined,
  },
  {
    file: 'modules/common-module/src/schemas.ts',
    text: `export { z } from 'zod/v4';`,
    refusal: 'A project tagged with "layer:module" is not allowed to import "zod/v4"',
  },
  {
    file: 'modules/http-module/src/grpc.ts',
    text: `export { Server } from '@grpc/grpc-js';`,
    refusal: 'A project tagged with "layer:module" is not allowed to import "@grpc/grpc-js"',
  },
  {
    file: 'modules/http-module/src/client.ts',
    text: `export { request } from 'undici';`,
    refusal: undefined,
  },
  {
    file: 'tools/test/anything.ts',
    text: `export { Scheduler } from '@tinysystems/engine';\nexport { z } from 'zod';`,
    refusal: undefined,
  },
];

describe('the layers', () => {
  let reports: ReadonlyMap<string, readonly string[]>;

  beforeAll(async () => {
    await using copy = await copyWorkspace();
    await writeFiles(copy.path, Object.fromEntries(CASES.map(({ file, text }) => [file, `${text}\n`])));
    reports = await lint(
      copy.path,
      CASES.map(({ file }) => file),
    );
  }, 300_000);

  it.each(CASES.map((each) => ({ ...each, outcome: each.refusal ?? 'allowed' })))(
    '$file: $outcome',
    ({ file, refusal }) => {
      const expected = refusal === undefined ? [] : [expect.stringContaining(refusal)];
      expect(reports.get(file)).toEqual(expected);
    },
  );
});

describe('a circle of files in one package', () => {
  it('is reported by the checks, which the linter cannot do', async () => {
    await using copy = await copyWorkspace();
    expect(await checkImportCycles(copy.path)).toEqual([]);
    await writeFiles(copy.path, {
      'packages/core/src/chicken.ts': `import { egg } from './egg.ts';\nexport const chicken = (): string => egg();\n`,
      'packages/core/src/egg.ts': `import { chicken } from './chicken.ts';\nexport const egg = (): string => chicken();\n`,
    });
    expect(await checkImportCycles(copy.path)).toMatchObject([{ where: 'packages/core/src/chicken.ts' }]);
  });
});

/** What the boundary rule says about each of `files`. */
async function lint(root: string, files: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
  const eslint = join(ROOT, 'node_modules/eslint/bin/eslint.js');
  const { output } = await runCommand(process.execPath, [eslint, '--format=json', ...files], { cwd: root });
  const results = JSON.parse(output.slice(output.indexOf('[{'))) as readonly {
    readonly filePath: string;
    readonly messages: readonly { readonly ruleId: string | null; readonly message: string }[];
  }[];
  return new Map(
    results.map(({ filePath, messages }) => [
      filePath.slice(root.length + 1),
      messages.filter(({ ruleId }) => ruleId === RULE || ruleId === null).map(({ message }) => message),
    ]),
  );
}
