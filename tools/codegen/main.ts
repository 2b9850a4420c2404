// `npm run codegen [-- --check]`: rebuilds every generated file, or only says which ones differ.
import { ROOT } from '../run-command.ts';
import { generateComponentDocs } from './component-docs.ts';
import { generateCrds } from './crds.ts';
import { findDrift, writeGenerated } from './generated-files.ts';
import { checkProto, generateProto } from './proto.ts';

const GENERATORS = [() => generateProto(ROOT), generateCrds, () => generateComponentDocs(ROOT)];

const isCheck = process.argv.includes('--check');
const changed: string[] = [];
const problems: string[] = [];
await attempt(() => checkProto(ROOT));
for (const generate of GENERATORS) {
  await attempt(async () => {
    const generated = await generate();
    changed.push(...(await (isCheck ? findDrift : writeGenerated)(ROOT, generated)));
  });
}

for (const path of changed)
  console.log(isCheck ? `${path} differs from what its source generates` : `wrote ${path}`);
for (const problem of problems) console.error(problem);
if (isCheck && changed.length > 0) console.error('Run npm run codegen and commit the result.');
if (problems.length > 0 || (isCheck && changed.length > 0)) process.exitCode = 1;

async function attempt(step: () => Promise<void>): Promise<void> {
  try {
    await step();
  } catch (error) {
    problems.push(error instanceof Error ? error.message : String(error));
  }
}
