import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';

const MAIN = resolve(import.meta.dirname, '../src/main.ts');

/** Runs the real command. */
async function run(args: readonly string[], input = '') {
  const child = spawn(process.execPath, ['--conditions=@tinysystems/source', MAIN, 'eval', ...args]);
  const ended = once(child, 'close');
  child.stdin.end(input);
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = await ended;
  return { code, stdout, stderr };
}

describe('tinysystems eval', () => {
  it('prints the value as JSON', async () => {
    const data = '{"id":9007199254740993,"name":"Ada"}';
    const template = '{"id":"{{$.id}}","text":"Hello {{$.name}}!"}';

    expect(await run([template, '--data', data])).toEqual({
      code: 0,
      stdout: '{"id":9007199254740993,"text":"Hello Ada!"}\n',
      stderr: '',
    });
  });

  it('prints an error with a caret under the place', async () => {
    expect(await run(['{{$.n * $.name}}', '--data', '{"n":2,"name":"Ada"}'])).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'cannot multiply a number and a string; convert one side with string(x) or int(x) (column 5, $.name)\n' +
        '  $.n * $.name\n  ~~~~^~~~~~~~\n',
    });
  });

  it.each([
    [['{{1}}', '--data', '{'], '--data is not JSON'],
    [[], 'eval needs a template'],
  ])('with %j says what is wrong', async (args, message) => {
    const { code, stderr } = await run(args);

    expect(code).toBe(1);
    expect(stderr).toContain(message);
  });

  it('answers each line of JSON with a line, in order, whatever it holds', async () => {
    const good = Array.from({ length: 2000 }, (_, n) => ({ data: { n }, template: '{{$.n + 1}}' }));
    const bad = [
      'no JSON',
      '',
      'null',
      '{"data":{}}',
      '{"template":[1]}',
      '{"template":"{{upcase($.a)}}"}',
      '{"template":{"a":["{{1/0}}"]}}',
      '{"data":{"id":9007199254740993},"template":"{{$.id}}"}',
      `{"template":${'['.repeat(100_000)}`,
      `{"data":${'['.repeat(10_000)}${']'.repeat(10_000)},"template":"x{{$}}"}`,
    ];

    const { code, stdout } = await run(
      ['--jsonl'],
      [...good.map((line) => JSON.stringify(line)), ...bad].join('\n'),
    );

    const answers = stdout.trimEnd().split('\n');
    expect(code).toBe(0);
    expect(answers).toHaveLength(good.length + bad.length);
    expect(answers.slice(0, good.length)).toEqual(good.map((_, n) => `{"value":${n + 1},"errors":[]}`));
    expect(answers.slice(good.length).map((line) => JSON.parse(line).errors[0]?.code)).toEqual([
      'INPUT',
      'INPUT',
      'INPUT',
      'INPUT',
      'TYPE',
      'UNKNOWN_FUNCTION',
      'ARITHMETIC',
      undefined,
      'INPUT',
      'LIMIT',
    ]);
    expect(answers.at(-3)).toBe('{"value":9007199254740993,"errors":[]}');
    expect(JSON.parse(answers.at(-5) ?? '')).toMatchObject({
      value: null,
      errors: [{ kind: 'static', suggestion: 'upper', position: 0, text: 'upcase', expected: 'a function' }],
    });
  });

  it('ends quietly when nobody reads its answers any more', async () => {
    const child = spawn(process.execPath, ['--conditions=@tinysystems/source', MAIN, 'eval', '--jsonl']);
    const ended = once(child, 'close');
    const stderr = text(child.stderr);
    child.stdin.on('error', () => undefined); // The child may end before it has read everything.
    child.stdout.destroy();
    child.stdin.end('{"template":"{{1}}"}\n'.repeat(100_000));

    expect(await ended).toEqual([0, null]);
    expect(await stderr).toBe('');
  });
});
