import { type Json, isJsonObject, isSystemPort } from '@tinysystems/core';
import { nearestName } from '@tinysystems/expression/analysis';
import { listOf } from './describe.ts';
import { type Finding, type Path, isInvalid, settled } from './finding.ts';
import { fit } from './fit.ts';
import { type FlowEdge, type FlowNode, type FlowPort, findPort } from './flow.ts';
import { hideSecret } from './hide-secret.ts';
import { inferMapping } from './infer-mapping.ts';
import { templatePieces } from './template-pieces.ts';
import { typeFromSchema } from './type-from-schema.ts';
import { type Type, anyType } from './type.ts';

/** What is said of an edge. */
export interface EdgeVerdict {
  readonly node: string;
  /** Id of the edge, unique in its node. */
  readonly edge: string;
  /** `port → node:port`. */
  readonly route: string;
  /**
   * `valid`: every message that the out port may emit is accepted by the target, as long as no expression fails on a
   * value (a division by zero, a number out of range). `invalid`: no message can get through as it is meant: it is
   * refused, or an expression asks for what the data cannot have. `unknown`: neither is certain.
   */
  readonly verdict: 'valid' | 'unknown' | 'invalid';
  /** Why it is not valid; empty for a valid edge. */
  readonly findings: readonly Finding[];
}

/** What an edge is checked with. */
export interface CheckEdgeOptions {
  /** The node that holds the edge. */
  readonly from: FlowNode;
  /** The node of that name; `undefined`: there is none. */
  readonly target: FlowNode | undefined;
  /** The names of all nodes, to suggest one. */
  readonly nodeNames?: readonly string[];
  /** What the out port emits, where more is known than its schema says. */
  readonly emitted?: Type | undefined;
}

/** An edge's verdict, and the type that it sends. */
export interface CheckedEdge {
  readonly verdict: EdgeVerdict;
  readonly sent: Type;
}

/** How many parts of types are compared with parts of schemas for one edge; beyond it cannot be told. */
const MAX_COMPARISONS = 20_000;

/** Checks one edge: its ends, its mapping, and what the mapping makes against the target's schema. */
export function checkEdge(edge: FlowEdge, options: CheckEdgeOptions): CheckedEdge {
  const { from, target } = options;
  const source = findPort(from, edge.port, 'out');
  const sink = target === undefined ? undefined : findPort(target, edge.toPort, 'in');
  const ends = [
    ...(source === undefined ? [unknownSource(edge, from)] : []),
    ...(sink === undefined || isSystemPort(edge.toPort) ? [unknownTarget(edge, options)] : []),
  ];
  const message = options.emitted ?? messageOf(source);
  const { type, findings } = inferMapping(edge.configuration, message, edge);
  const misfits =
    sink === undefined
      ? []
      : fit(type, sink.schema, { path: [], isOpen: false, budget: { left: MAX_COMPARISONS } });
  const told = [...findings, ...misfits.map((finding) => withExpression(finding, edge.configuration))];
  const inner = sink === undefined ? told : told.map((finding) => hideSecret(finding, sink.schema));
  return { verdict: verdictOf(edge, from, [...ends, ...dropFollowUps(inner)]), sent: type };
}

function messageOf(source: FlowPort | undefined): Type {
  return source === undefined ? anyType('nothing is known of its out port') : typeFromSchema(source.schema);
}

function verdictOf(edge: FlowEdge, from: FlowNode, findings: readonly Finding[]): EdgeVerdict {
  const state = isInvalid(findings) ? 'invalid' : findings.length === 0 ? 'valid' : 'unknown';
  const route = `${edge.port} → ${edge.to}:${edge.toPort}`;
  return { node: from.name, edge: edge.id, route, verdict: state, findings: settled(findings) };
}

/** One place, one complaint: of several about it the first is the cause. */
function dropFollowUps(findings: readonly Finding[]): readonly Finding[] {
  const seen = new Set<string>();
  return findings.filter(({ path, state }) => {
    const place = `${state} ${JSON.stringify(path)}`;
    const isFirst = !seen.has(place);
    seen.add(place);
    return isFirst;
  });
}

function unknownSource({ port }: FlowEdge, from: FlowNode): Finding {
  const names = from.ports.filter(({ direction }) => direction === 'out').map(({ name }) => name);
  return unknownPort({ port, where: `${from.name} (${from.component})`, way: 'out' }, names, from.morePorts);
}

function unknownTarget({ to, toPort }: FlowEdge, { target, nodeNames = [] }: CheckEdgeOptions): Finding {
  if (target === undefined) {
    const suggestion = nearestName(to, nodeNames);
    return {
      ...{ state: 'invalid', code: 'NodeUnknown', path: [] },
      expected: 'a TinyNode in the same namespace',
      found: `no TinyNode ${to}`,
      ...(suggestion !== undefined && { suggestion }),
    };
  }
  if (isSystemPort(toPort)) {
    const expected = 'a port without a leading _, because no edge may lead to a system port';
    return { state: 'invalid', code: 'PortUnknown', path: [], expected, found: `${to}:${toPort}` };
  }
  const names = target.ports
    .filter(({ direction, name }) => direction === 'in' && !isSystemPort(name))
    .map(({ name }) => name);
  return unknownPort(
    { port: toPort, where: `${to} (${target.component})`, way: 'in' },
    names,
    target.morePorts,
  );
}

function unknownPort(
  { port, where, way }: { readonly port: string; readonly where: string; readonly way: 'in' | 'out' },
  names: readonly string[],
  morePorts: string | undefined,
): Finding {
  const suggestion = nearestName(port, names);
  return {
    state: morePorts === undefined ? 'invalid' : 'unknown',
    code: 'PortUnknown',
    path: [],
    expected: `one of the ${way} ports of ${where}: ${listOf(names)}`,
    found: `the ${way} port ${port}`,
    ...(morePorts !== undefined && { reason: morePorts }),
    ...(suggestion !== undefined && { suggestion }),
  };
}

/** Names the expression that the value at the finding's place comes from. */
function withExpression(finding: Finding, configuration: Json | undefined): Finding {
  const text = textAt(configuration, finding.path);
  if (text === undefined) return finding;
  const piece = templatePieces(text).find(({ kind }) => kind === 'expression');
  return piece?.kind === 'expression' ? { ...finding, expression: piece.source } : finding;
}

function textAt(configuration: Json | undefined, path: Path): string | undefined {
  let at: Json | undefined = configuration;
  for (const step of path) {
    if (typeof at === 'string') return at;
    if (isJsonObject(at)) at = Object.hasOwn(at, step) ? at[step] : undefined;
    else at = Array.isArray(at) ? (at as readonly Json[])[Number(step)] : undefined;
  }
  return typeof at === 'string' ? at : undefined;
}
