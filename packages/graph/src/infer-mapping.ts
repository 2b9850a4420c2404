import { type Json, isJsonObject } from '@tinysystems/core';
import { describeType } from './describe.ts';
import type { Finding, Path } from './finding.ts';
import { inferExpression } from './infer-expression.ts';
import { Inference } from './inference.ts';
import { templatePieces } from './template-pieces.ts';
import { ERROR, NULL, STRING, type Type, arrayOf, objectOf, typeOfJson, unionOf, written } from './type.ts';

/** What a mapping makes of a message, and what is wrong with its expressions. */
export interface InferredMapping {
  readonly type: Type;
  readonly findings: readonly Finding[];
}

/** What a mapping is looked at with. */
export interface MappingOptions {
  readonly onExpressionError?: 'Fail' | 'Null' | undefined;
}

/**
 * Infers what a mapping makes of messages of a type.
 *
 * @param configuration - the mapping; `undefined` passes the message on unchanged.
 */
export function inferMapping(
  configuration: Json | undefined,
  message: Type,
  { onExpressionError = 'Fail' }: MappingOptions = {},
): InferredMapping {
  if (configuration === undefined) return { type: message, findings: [] };
  const findings: Finding[] = [];
  if (!isJsonObject(configuration)) {
    const found = describeType(typeOfJson(configuration));
    const expected = 'an object: put the value under a key';
    return {
      type: ERROR,
      findings: [{ state: 'invalid', code: 'ExpressionInvalid', path: [], expected, found }],
    };
  }
  const mapped = (part: Json, path: Path): Type => {
    if (typeof part === 'string') return text(part, path);
    if (typeof part !== 'object' || part === null) return typeOfJson(part);
    if (path.length >= MAX_NESTING) return tooDeep(path, findings);
    if (Array.isArray(part))
      return arrayOf((part as readonly Json[]).map((item, index) => mapped(item, [...path, index])));
    return objectOf(Object.entries(part).map(([key, value]) => [key, mapped(value, [...path, key])]));
  };
  const text = (value: string, path: Path): Type => {
    const before = findings.length;
    const type = inferText(value, message, path, findings);
    const mayFail = findings.length > before && type.kind !== 'error';
    return mayFail && onExpressionError === 'Null' ? unionOf([type, NULL]) : type;
  };
  return { type: mapped(configuration, []), findings };
}

/** A template that nests deeper does not compile. */
const MAX_NESTING = 64;

function tooDeep(path: Path, findings: Finding[]): Type {
  const found = `the mapping nests more than ${MAX_NESTING} levels deep`;
  findings.push({ state: 'invalid', code: 'ExpressionInvalid', path, expected: 'fewer levels', found });
  return ERROR;
}

function inferText(text: string, message: Type, path: Path, findings: Finding[]): Type {
  const pieces = templatePieces(text);
  const types = pieces.map((piece): Type => {
    if (piece.kind === 'text') return STRING;
    const { source } = piece;
    if (piece.kind === 'error') {
      const expected = 'an expression that compiles';
      const found = piece.message;
      findings.push({
        state: 'invalid',
        code: 'ExpressionInvalid',
        path,
        expected,
        found,
        expression: source,
      });
      return ERROR;
    }
    const inference = new Inference(message, path, source);
    const type = inferExpression(piece.node, inference);
    findings.push(...inference.findings);
    return written(type);
  });
  const [first] = pieces;
  if (pieces.every(({ kind }) => kind === 'text')) return typeOfJson(text);
  if (pieces.length === 1 && first?.kind !== 'text') return types[0] ?? ERROR;
  return types.some(({ kind }) => kind === 'error') ? ERROR : STRING;
}
