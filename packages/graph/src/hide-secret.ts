import { type JsonSchema, mayBeSecret } from '@tinysystems/core';
import type { Finding } from './finding.ts';

/** The finding without its expression and what that gives, when these are meant for a secret field: they may hold the secret. */
export function hideSecret(finding: Finding, schema: JsonSchema): Finding {
  if (finding.expression === undefined || !mayBeSecret(schema, finding.path)) return finding;
  const { state, code, path, expected } = finding;
  const found =
    code === 'ExpressionInvalid'
      ? 'an expression that does not compile, and is not shown'
      : 'what the expression gives, which is not shown';
  return { state, code, path, expected, found };
}
