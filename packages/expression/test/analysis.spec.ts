import { BINARY_SIGNATURES, check, parse, piecesOf, SIGNATURES } from '@tinysystems/expression/analysis';

describe('The entry point for static checks', () => {
  it('gives the syntax tree with the place of each node', () => {
    expect(parse('1 + $.a[0]')).toEqual({
      kind: 'binary',
      operator: '+',
      position: 2,
      start: 0,
      end: 10,
      left: { kind: 'literal', value: 1, start: 0, end: 1 },
      right: {
        kind: 'path',
        base: '$',
        start: 4,
        end: 10,
        segments: [
          { kind: 'select', selectors: [{ kind: 'name', name: 'a' }] },
          { kind: 'select', selectors: [{ kind: 'index', index: 0 }] },
        ],
      },
    });
  });

  it.each<[string, readonly string[]]>([
    ['1 + $.a', ['number']],
    ["$.f ? 'a' : length($.a)", ['string', 'number']],
    ['$.a == 1', ['boolean']],
    ['upper($.a)', ['string', 'null']],
    ['{a: 1}', ['object']],
  ])('tells what %s may give', (source, kinds) => {
    expect(check(parse(source), source)).toEqual(kinds);
  });

  it('gives the signatures of functions and operators', () => {
    expect(SIGNATURES.get('substr')).toMatchObject({
      name: 'substr',
      parameters: [
        { name: 'text', kinds: ['string'] },
        { name: 'start', kinds: ['number'] },
        { name: 'length', kinds: ['number'], isOptional: true },
      ],
      result: ['string'],
    });
    expect(BINARY_SIGNATURES['*']).toEqual({ takes: ['number'], gives: ['number'] });
  });

  it('cuts a text into its pieces', () => {
    expect(piecesOf('a {{ $.b }}')).toEqual([
      { kind: 'text', text: 'a ' },
      { kind: 'placeholder', source: '$.b', written: '{{ $.b }}' },
    ]);
  });
});
