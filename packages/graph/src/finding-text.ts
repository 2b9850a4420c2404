import { type Finding, pathText } from './finding.ts';

/**
 * A finding as one line for people: where, what was expected and found, and what may have been meant.
 * `body.name {{$.usr.name}}: expected …, found $.usr (did you mean user?)`
 */
export function findingText(finding: Finding): string {
  const { path, expression, expected, found, reason, suggestion } = finding;
  const source = expression === undefined ? '' : `{{${expression}}}`;
  const where = [pathText(path), source].filter((part) => part !== '').join(' ');
  const advice = suggestion === undefined ? '' : ` (did you mean ${suggestion}?)`;
  const said = finding.code === 'ExpressionInvalid' ? found : `expected ${expected}, found ${found}`;
  return `${where === '' ? '' : `${where}: `}${said}${reason === undefined ? '' : `; ${reason}`}${advice}`;
}
