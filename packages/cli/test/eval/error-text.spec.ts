import { errorText } from '../../src/eval/error-text.ts';
import { evaluate } from '../../src/eval/evaluate.ts';

function shown(template: Parameters<typeof evaluate>[0], data = {}): string {
  return evaluate(template, data).errors.map(errorText).join('\n');
}

describe('errorText', () => {
  it.each([
    ['{{$.a + 1}}', '  $.a + 1\n  ~~~~^~~'],
    ['{{1 +}}', '  1 +\n     ^'],
    ['x {{ upcase($.a) }}', '  upcase($.a)\n  ^~~~~~'],
    ["{{'😀' * 2}}", "  '😀' * 2\n  ~~~~^~~"],
    ["{{'a\\tb' =~ '('}}", "  'a\\tb' =~ '('\n  ~~~~~~~^~~~~~"],
  ])('of %s has a caret under the place', (template, expected) => {
    expect(shown(template, { a: 'x' }).split('\n').slice(1).join('\n')).toBe(expected);
  });

  it('of a mapping begins with the key', () => {
    expect(shown({ headers: [{ value: '{{-$.a}}' }] }, { a: 'x' })).toBe(
      "headers[0].value: '-' needs a number, got a string (column 1, $.a)\n  -$.a\n  ^~~~",
    );
  });

  it('of a long expression shows what is around the place', () => {
    const [, source = '', marks = ''] = shown(`{{${'1 + '.repeat(50)}"a"${' + 1'.repeat(50)}}}`).split('\n');

    expect(source).toMatch(/^ {2}….*….?$/);
    expect(source.length).toBeLessThan(100);
    expect(source.charAt(marks.indexOf('^'))).toBe('+');
  });

  it('shows no control character of an expression', () => {
    expect(shown('{{"\u001b[2J" * 2}}')).not.toContain('\u001b');
  });

  it('of a template that is none is only the message', () => {
    expect(shown([1])).toBe('a template must be an object; put the value under a key');
  });
});
