import type { ASTNode } from '@marcbachmann/cel-js';

import { LINEAR_MATCHES } from './functions/text.ts';

/** Whether something is a node of a syntax tree. */
export function isNode(value: unknown): value is ASTNode {
  return typeof value === 'object' && value !== null && 'op' in value && 'args' in value;
}

/** Calls `visit` for every node below and including `node`. */
export function walk(node: unknown, visit: (node: ASTNode) => void): void {
  if (Array.isArray(node)) for (const part of node) walk(part, visit);
  if (!isNode(node)) return;
  visit(node);
  walk(node.args, visit);
}

/** Lets `matches` mean the function that takes linear time. */
export function makeMatchesLinear(tree: ASTNode): void {
  walk(tree, (node) => {
    if (node.op === 'rcall' && node.args[0] === 'matches') node.args[0] = LINEAR_MATCHES;
  });
}

/** Whether an expression reads a variable. */
export function readsVariable(tree: ASTNode, name: string): boolean {
  let isFound = false;
  walk(tree, (node) => (isFound ||= node.op === 'id' && node.args === name));
  return isFound;
}
