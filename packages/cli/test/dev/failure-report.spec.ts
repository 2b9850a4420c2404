import { FailureReport } from '../../src/dev/failure-report.ts';

const SYNTAX_ERROR = [
  'file:///modules/mine/src/main.ts:2',
  'const x = ;',
  '          ^',
  '',
  'SyntaxError: Expression expected',
  '    at parseTypeScript (node:internal/modules/typescript:72:36)',
  'Node.js v24.21.0',
];

function createReport() {
  const shown: string[] = [];
  const report = new FailureReport((text) => shown.push(text));
  return {
    shown,
    report,
    live: (lines: readonly string[], hasServed = false) => {
      for (const line of lines) report.line(line);
      report.ended('ended with code 1', hasServed);
    },
  };
}

describe('what a person reads of a process that dies again and again', () => {
  it('is the first failure, without what happened inside Node', () => {
    const { shown, live } = createReport();
    live(SYNTAX_ERROR);
    expect(shown).toEqual([
      'file:///modules/mine/src/main.ts:2',
      'const x = ;',
      '          ^',
      'SyntaxError: Expression expected',
      'ended with code 1',
    ]);
  });

  it('mentions once that the failure repeats itself', () => {
    const { shown, live } = createReport();
    live(SYNTAX_ERROR);
    const first = shown.length;
    for (let life = 0; life < 10; life += 1) live(SYNTAX_ERROR);
    expect(shown.slice(first)).toEqual([
      'failed in the same way again; it is tried on, and shown when that changes',
    ]);
  });

  it('is another failure in full', () => {
    const { shown, live } = createReport();
    live(SYNTAX_ERROR);
    live(SYNTAX_ERROR);
    live(['TypeError: x is not a function']);
    expect(shown.slice(-2)).toEqual(['TypeError: x is not a function', 'ended with code 1']);
  });

  it('is every line again once it serves', () => {
    const { shown, report, live } = createReport();
    live(SYNTAX_ERROR);
    report.line('warn: slow');
    expect(shown.at(-1)).toBe('ended with code 1');
    report.show();
    report.line('warn: slower');
    expect(shown.slice(-2)).toEqual(['warn: slow', 'warn: slower']);
  });

  it('is how it ended each time when it had served', () => {
    const { shown, live } = createReport();
    live(['fatal: out of memory'], true);
    live(['fatal: out of memory'], true);
    expect(shown.filter((line) => line === 'ended with code 1')).toHaveLength(2);
  });

  it('holds back no more than it keeps', () => {
    const { shown, report, live } = createReport();
    live(SYNTAX_ERROR);
    for (let line = 0; line < 201; line += 1) report.line(`line ${line}`);
    expect(shown.slice(-2)).toEqual(['line 199', 'line 200']);
  });

  it('comes down to one line: what, and where', () => {
    const { report, live } = createReport();
    live(SYNTAX_ERROR);
    expect(report.summary).toBe('SyntaxError: Expression expected (file:///modules/mine/src/main.ts:2)');
    live(['info: starts', 'fatal: the module cannot go on – no cluster found']);
    expect(report.summary).toBe('fatal: the module cannot go on – no cluster found');
    live([]);
    expect(report.summary).toBe('it ends without a word');
  });
});
