import { readFileSync } from 'node:fs';
import { compileExpression, ExpressionError } from '../src/index.ts';
import { FUNCTIONS } from '../src/functions/table.ts';
import { MAX_NESTING, MAX_OPERATORS, MAX_SOURCE_LENGTH, MAX_STEPS } from '../src/limits.ts';

const PAGE = readFileSync(new URL('../../../docs/reference/expressions.md', import.meta.url), 'utf8');

function blocks(language: string): readonly string[] {
  return [...PAGE.matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\`$`, 'gm'))].map(
    ([, body = '']) => body,
  );
}

const DATA = JSON.parse(blocks('json')[0] ?? '');
const EXAMPLES = blocks('expression')
  .flatMap((block) => block.trimEnd().split('\n'))
  .map((line) => line.split(' → ') as [expression: string, result: string]);

function evaluated(expression: string): unknown {
  try {
    const value = compileExpression(expression).evaluate(DATA);
    return value === undefined ? 'missing' : value;
  } catch (error) {
    if (ExpressionError.is(error)) return 'error';
    throw error;
  }
}

function stated(result: string): unknown {
  return result === 'missing' || result === 'error' ? result : JSON.parse(result);
}

describe('The reference page', () => {
  it.each(EXAMPLES)('is right about %s → %s', (expression, result) => {
    expect(evaluated(expression)).toEqual(stated(result));
  });

  it.each([...FUNCTIONS.keys(), 'parent', 'key', 'root'])('has an example of %s', (name) => {
    const call = new RegExp(`(^|[^a-z0-9])${name}(\\(|$)`, 'i');

    expect(EXAMPLES.some(([expression]) => call.test(expression))).toBe(true);
  });

  it('states the limits', () => {
    for (const limit of [MAX_NESTING, MAX_OPERATORS, MAX_SOURCE_LENGTH, MAX_STEPS]) {
      expect(PAGE).toContain(limit.toLocaleString('en').replaceAll(',', ' '));
    }
  });
});
