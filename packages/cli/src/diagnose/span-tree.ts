import { ATTRIBUTES, type SpanRecord } from '@tinysystems/core';
import { table } from '../dev/table.ts';
import type { Replica } from './replicas.ts';
import { safeText } from './safe-text.ts';

/** A span with where it was recorded. */
export interface FoundSpan {
  readonly replica: Replica;
  readonly span: SpanRecord;
}

/** How a tree is printed. */
export interface SpanTreeOptions {
  readonly payloads: boolean;
}

/** The spans of one trace as a tree, a line each: where, by which edge, in which replica, from when, for how long. */
export function spanTree(found: readonly FoundSpan[], { payloads }: SpanTreeOptions): string {
  const startMs = Math.min(...found.map(({ span }) => span.startMs));
  const nodes = treeOf(found);
  const rows = table(nodes.map(({ lead, found: { span, replica } }) => rowOf(lead, span, replica, startMs)));
  return nodes
    .flatMap(({ below, found: { span } }, index) => [
      rows[index] ?? '',
      ...(span.error === undefined ? [] : [`  ${below}${span.error.code}: ${safeText(span.error.message)}`]),
      ...(payloads ? payloadsOf(span).map((line) => `  ${below}${line}`) : []),
    ])
    .join('\n');
}

interface TreeNode {
  readonly found: FoundSpan;
  /** What leads to its line, and to the lines below that belong to it. */
  readonly lead: string;
  readonly below: string;
}

/** In the order of a tree. A span whose parent nobody has recorded stands at the top. */
function treeOf(found: readonly FoundSpan[]): readonly TreeNode[] {
  const known = new Set(found.map(({ span }) => span.spanId));
  const children = new Map<string | undefined, FoundSpan[]>();
  for (const each of [...found].sort((a, b) => a.span.startMs - b.span.startMs)) {
    const { parentSpanId } = each.span;
    const parent = parentSpanId !== undefined && known.has(parentSpanId) ? parentSpanId : undefined;
    const siblings = children.get(parent);
    if (siblings === undefined) children.set(parent, [each]);
    else siblings.push(each);
  }
  const nodes: TreeNode[] = [];
  const walk = (parent: string | undefined, indent: string, isTop: boolean) => {
    const siblings = children.get(parent) ?? [];
    children.delete(parent); // ids of spans that lead in a circle are walked once
    for (const [index, each] of siblings.entries()) {
      const isLast = index === siblings.length - 1;
      const next = isTop ? '' : `${indent}${isLast ? '   ' : '│  '}`;
      const hasChildren = children.has(each.span.spanId);
      nodes.push({
        found: each,
        lead: isTop ? '' : `${indent}${isLast ? '└─ ' : '├─ '}`,
        below: `${next}${hasChildren ? '│  ' : '   '}`,
      });
      walk(each.span.spanId, next, false);
    }
  };
  walk(undefined, '', true);
  return nodes;
}

function rowOf(lead: string, span: SpanRecord, replica: Replica, startMs: number): readonly string[] {
  const { attributes, durationMs, error } = span;
  const edge = attributes[ATTRIBUTES.edge];
  return [
    lead + safeText(placeOf(span)),
    edge === undefined ? '' : `edge ${safeText(String(edge))}`,
    replica.pod || replica.module,
    `+${milliseconds(span.startMs - startMs)}`,
    milliseconds(durationMs),
    error === undefined ? '' : error.kind,
  ];
}

/** `node:port`, which for the start of a chain is where it left, and for a wait where it led. */
function placeOf({ kind, name, attributes }: SpanRecord): string {
  const to = attributes[ATTRIBUTES.to];
  if (kind === 'wait') return `${name} (${to})`;
  if (kind === 'message') return String(to);
  return to === undefined ? `${attributes[ATTRIBUTES.from]} starts` : `signal to ${to}`;
}

function payloadsOf({ attributes }: SpanRecord): readonly string[] {
  const { data, reply } = ATTRIBUTES;
  return [
    ...(attributes[data] === undefined ? [] : [`data   ${safeText(String(attributes[data]))}`]),
    ...(attributes[reply] === undefined ? [] : [`reply  ${safeText(String(attributes[reply]))}`]),
  ];
}

/** A time as people read it. */
export function milliseconds(ms: number): string {
  return ms < 1000 ? `${ms.toFixed(1)} ms` : `${(ms / 1000).toFixed(2)} s`;
}
