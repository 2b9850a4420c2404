import { ParseError, TypeError, type ASTNode } from '@marcbachmann/cel-js';

import { KUBERNETES_CEL } from './environment.ts';
import { LINEAR_MATCHES } from './functions/text.ts';

/** The error of an expression that does not compile, in the form and the words of a real server. */
export function compileErrorText(error: unknown, source: string): string {
  if (!(error instanceof TypeError || error instanceof ParseError))
    return error instanceof Error ? error.message : String(error);
  const text = error instanceof ParseError ? `Syntax error: ${error.summary}` : typeErrorText(error);
  return located(
    text,
    source,
    error instanceof ParseError ? (error.range?.start ?? 0) : positionOf(error, source),
  );
}

/** `ERROR: <input>:1:5: …` with the line and a pointer into it. */
function located(text: string, source: string, position: number): string {
  const before = source.slice(0, position);
  const line = before.split('\n').length;
  const column = position - (before.lastIndexOf('\n') + 1);
  return `ERROR: <input>:${line}:${column + 1}: ${text}\n | ${source.split('\n')[line - 1] ?? ''}\n | ${'.'.repeat(column)}^`;
}

function typeErrorText({ code, summary, node }: TypeError): string {
  switch (code) {
    case 'no_such_key':
      return `undefined field '${summary.replace(/^No such key: /, '')}'`;
    case 'unknown_variable':
      return `undeclared reference to '${summary.replace(/^Unknown variable: /, '')}' (in container '')`;
    case 'no_such_overload':
      return operatorText(summary.replace(/^no such overload: /, ''));
    case 'no_matching_overload':
      return callText(summary, node);
    case 'cannot_index_type':
      return `type '${celGoType(/'([^']*)'/.exec(summary)?.[1] ?? '')}' does not support field selection`;
    case 'invalid_logical_operand':
      return `expected type 'bool' but found '${celGoType(/'([^']*)'/.exec(summary)?.[1] ?? '')}'`;
    case 'incompatible_ternary_branches': {
      const [, left = '', right = ''] = /'([^']*)' and '([^']*)'/.exec(summary) ?? [];
      return noOverload('_?_:_', ['bool', left, right]);
    }
    default:
      return summary;
  }
}

function operatorText(operation: string): string {
  const unary = /^([!-])(.*)$/.exec(operation);
  if (unary) return noOverload(`${unary[1]}_`, [unary[2] ?? '']);
  const [, left = '', operator = '', right = ''] =
    /^(.*) (==|!=|<=|>=|<|>|\+|-|\*|\/|%|in) (.*)$/.exec(operation) ?? [];
  return noOverload(operator === 'in' ? '@in' : `_${operator}_`, [left, right]);
}

function callText(summary: string, node: ASTNode | undefined): string {
  const called = /found no matching overload for '(.*)'$/s.exec(summary)?.[1] ?? '';
  const [, receiver, name = '', list = ''] = /^(?:(.*)\.)?([A-Za-z_]\w*)\((.*)\)$/s.exec(called) ?? [];
  const parameters = list === '' ? [] : list.split(', ');
  const shown = name === LINEAR_MATCHES ? 'matches' : name;
  if (!FUNCTIONS.has(name)) return `undeclared reference to '${shown}' (in container '')`;
  if (receiver === undefined || node?.op !== 'rcall') return noOverload(shown, parameters);
  return `found no matching overload for '${shown}' applied to '${celGoType(receiver)}.(${parameters.map(celGoType).join(', ')})'`;
}

const FUNCTIONS: ReadonlySet<string> = new Set(
  KUBERNETES_CEL.getDefinitions().functions.map(({ name }) => name),
);

function noOverload(name: string, types: readonly string[]): string {
  return `found no matching overload for '${name}' applied to '(${types.map(celGoType).join(', ')})'`;
}

/** `list(string)` for `list<string>`; the names of object types mean nothing outside. */
function celGoType(name: string): string {
  return name
    .replaceAll('<', '(')
    .replaceAll('>', ')')
    .replace(/\bobject\d+\b/g, 'object')
    .replace('google.protobuf.Timestamp', 'timestamp')
    .replace('google.protobuf.Duration', 'duration');
}

// A real server points at the operator, the dot or the parenthesis, the library at the whole expression.
function positionOf({ range, node }: TypeError, source: string): number {
  const start = range?.start ?? 0;
  const tree = node;
  switch (tree?.op) {
    case '.':
    case '.?':
      return source.lastIndexOf('.', start);
    case 'rcall':
    case 'call':
      return parenthesisOf(tree, source);
    case '?:':
      return source.indexOf('?', tree.args[0].end);
    default:
      return tree && Array.isArray(tree.args) && tree.args.length === 2
        ? operatorPosition(tree, source)
        : start;
  }
}

function parenthesisOf(node: ASTNode, source: string): number {
  const [name, receiver] = node.args as readonly [string, unknown];
  const from = node.op === 'rcall' ? (receiver as ASTNode).end : node.start;
  return source.indexOf('(', source.indexOf(name === LINEAR_MATCHES ? 'matches' : name, from));
}

function operatorPosition(node: ASTNode, source: string): number {
  const [left] = node.args as unknown as readonly [ASTNode];
  const from = source.indexOf(node.op, left.end);
  return from < 0 ? node.start : from;
}
