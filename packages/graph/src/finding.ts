/** What a check is about. */
export type FindingCode =
  /** The edge leads to a TinyNode that is not there. */
  | 'NodeUnknown'
  /** The edge leaves or reaches a port that the node does not have, or a system port. */
  | 'PortUnknown'
  /** An expression does not compile. */
  | 'ExpressionInvalid'
  /** An expression fails whenever, or may fail when, it is evaluated: an operand of a type that is not taken. */
  | 'ExpressionFails'
  /** A path asks for what its data cannot have. */
  | 'PathUnknown'
  /** A required field is not sent. */
  | 'FieldMissing'
  /** A field is sent that the target does not have. */
  | 'FieldUnknown'
  /** A value is of a type, or outside of a rule, that the target's schema does not accept. */
  | 'TypeMismatch'
  /** There is no such module, as far as is known. */
  | 'ModuleUnknown'
  /** The module has no such component. */
  | 'ComponentUnknown'
  /** The component does not accept the node's settings. */
  | 'SettingsRejected'
  /** Messages run in a circle that nothing ends. */
  | 'CycleWithoutStop'
  /** No trigger leads to the node. */
  | 'NodeUnreachable'
  /** A port asks for a reply, and no path from it ends at a port that replies. */
  | 'ReplyMissing';

/** Where a value is in a message, from its root. */
export type Path = ReadonlyArray<string | number>;

/**
 * One thing that is wrong (`invalid`: no message can get through) or that cannot be told (`unknown`: some messages may
 * not get through, or too little is known).
 */
export interface Finding {
  readonly state: 'invalid' | 'unknown';
  readonly code: FindingCode;
  /** Where in the message that the target receives, which is also where in the mapping; empty: all of it. */
  readonly path: Path;
  readonly expected: string;
  readonly found: string;
  /** Why it cannot be told, or what follows. */
  readonly reason?: string;
  /** A name that differs little from the one that was not found. */
  readonly suggestion?: string;
  /** The source between the braces, when the value comes from an expression. */
  readonly expression?: string;
}

/** Something about a node and its place in the flow. */
export interface NodeFinding extends Finding {
  readonly node: string;
}

const PLAIN_KEY = /^[\p{L}_][\p{L}\p{N}_-]*$/u;

/** A path as people write it: `headers[0].value`. */
export function pathText(path: Path): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    if (!PLAIN_KEY.test(step)) return `${text}[${JSON.stringify(step)}]`;
    return text === '' ? step : `${text}.${step}`;
  }, '');
}

/** All of them, as far as they still say something where something is certainly wrong. */
export function settled(findings: readonly Finding[]): readonly Finding[] {
  const invalid = findings.filter(({ state }) => state === 'invalid');
  return invalid.length > 0 ? invalid : findings;
}

/** The same, but not certain. */
export function asUnknown(findings: readonly Finding[], reason: string): readonly Finding[] {
  return findings.map((finding) =>
    finding.state === 'unknown'
      ? finding
      : { ...finding, state: 'unknown', reason: finding.reason ?? reason },
  );
}

export function isInvalid(findings: readonly Finding[]): boolean {
  return findings.some(({ state }) => state === 'invalid');
}
