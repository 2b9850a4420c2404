import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempDisposable, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { validateFlows } from '../src/commands/validate.ts';
import { reportJson, reportText } from '../src/validate/report-text.ts';

const MAIN = resolve(import.meta.dirname, '../src/main.ts');
const ROOT = resolve(import.meta.dirname, '../../..');
const HELLO = resolve(ROOT, 'examples/hello/flow.yaml');

/** Runs the real command in the root of the repository. */
async function run(args: readonly string[], input: string) {
  const child = spawn(process.execPath, ['--conditions=@tinysystems/source', MAIN, 'validate', ...args], {
    cwd: ROOT,
  });
  const ended = once(child, 'close');
  child.stdin.end(input);
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = await ended;
  return { code, stdout, stderr };
}

/** Checks files as the command does. */
const validate = (...files: readonly string[]) =>
  validateFlows(
    files.map((file) => resolve(ROOT, file)),
    { modules: resolve(ROOT, 'modules') },
  );

/** Checks a flow that is written to a file. */
async function validateText(flow: string) {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'tinysystems-'));
  const file = join(folder.path, 'flow.yaml');
  await writeFile(file, flow);
  return await validate(file);
}

/** The hello flow with mistakes in it. */
async function helloWith(...mistakes: ReadonlyArray<readonly [right: string, wrong: string]>) {
  const hello = await readFile(HELLO, 'utf8');
  return mistakes.reduce((flow, [right, wrong]) => flow.replaceAll(right, wrong), hello);
}

describe('tinysystems validate', () => {
  it('names edge, place and expression of what is wrong, what was meant, and fails', async () => {
    const flow = await helloWith(
      ['$.context.name', '$.context.nmae'],
      ['statusCode: 200', "statusCode: 'ok'"],
    );
    expect(await run(['-'], flow)).toEqual({
      code: 1,
      stderr: '',
      stdout: [
        'invalid: edge greet of node greeter (out_named → server:response)',
        '    body.greeting {{$.context.nmae}}: expected one of the fields of $.context: name, found $.context.nmae (did you mean name?)',
        '    statusCode: expected integer, found "ok"',
        'invalid: edge greet-nobody of node greeter (default → server:response)',
        '    statusCode: expected integer, found "ok"',
        '3 edges: 1 valid, 0 cannot tell, 2 invalid',
        '',
      ].join('\n'),
    });
  }, 60_000);

  it('finds nothing wrong with the examples', async () => {
    const report = await validate('examples/hello', 'examples/signal/signal.yaml');
    expect(reportText(report)).toBe('4 edges: 4 valid, 0 cannot tell, 0 invalid');
  });

  it('knows the ports that settings make', async () => {
    const flow = await helloWith(['enableDefaultPort: true', 'enableDefaultPort: false']);
    expect(reportText(await validateText(flow))).toContain(
      'expected one of the out ports of greeter (router): out_named, found the out port default',
    );
  });

  it('says in JSON what it says in text', async () => {
    const flow = await helloWith(['component: router', 'component: ruoter'], ['port: 8090', 'port: 80900']);
    expect(JSON.parse(reportJson(await validateText(flow)))).toMatchObject({
      verdict: 'invalid',
      findings: [
        { node: 'server', state: 'invalid', code: 'SettingsRejected', found: 'start.port: must be <= 65535' },
        { node: 'greeter', state: 'invalid', code: 'ComponentUnknown', suggestion: 'router' },
      ],
    });
  });

  it('takes a TinySignal for a trigger', async () => {
    const node = 'kind: TinyNode\nmetadata: {name: a}\nspec: {module: common-module, component: transform}';
    const signal = 'kind: TinySignal\nmetadata: {name: s}\nspec: {node: a, port: in}';
    expect((await validateText(node)).findings.map(({ code }) => code)).toEqual(['NodeUnreachable']);
    expect((await validateText(`${node}\n---\n${signal}`)).verdict).toBe('valid');
  });

  it('refuses what the API server would refuse', async () => {
    const flow =
      'kind: TinyNode\nmetadata: {name: a}\nspec: {module: m, component: c, edges: [{id: e, port: out, too: b, toPort: in}]}';
    await expect(validateText(flow)).rejects.toThrow('TinyNode a: spec.edges[0].to: is required');
  });

  it('says which files it cannot read, and that it needs some', async () => {
    await expect(validate()).rejects.toThrow('validate needs files');
    await expect(validate('nowhere.yaml')).rejects.toThrow('nowhere.yaml: cannot be read');
    await expect(validateFlows([HELLO], { modules: resolve(ROOT, 'docs') })).rejects.toThrow(
      'no module found',
    );
  });
});
