import { ExpressionError, type ExpressionErrorDetails } from './expression-error.ts';
import type { Value } from './json.ts';
import { type Kind, kindOf } from './kind.ts';
import type { BinaryNode, CallNode, Node, UnaryNode } from './syntax.ts';

/** Where an operator or a call stands, and what it is applied to: tells an error below it where it happened. */
export class Place {
  readonly #source: string;
  readonly #node: UnaryNode | BinaryNode | CallNode;
  readonly #operands: readonly Node[];
  readonly #takes: ReadonlyArray<readonly Kind[]>;

  /** @param takes - the kinds that each operand takes. */
  constructor(
    source: string,
    node: UnaryNode | BinaryNode | CallNode,
    takes: ReadonlyArray<readonly Kind[]> = [],
  ) {
    this.#source = source;
    this.#node = node;
    this.#operands = operandsOf(node);
    this.#takes = takes;
  }

  /** For errors of the compiler. */
  get details(): ExpressionErrorDetails {
    const { position, start, end } = this.#node;
    return { position, start, text: this.#source.slice(start, end) };
  }

  /** The same error, located here; the path is that of the operand whose value did not fit. */
  locate(error: unknown, values: readonly Value[]): unknown {
    if (!ExpressionError.is(error) || error.position !== undefined) return error;
    const operand = error.code === 'TYPE' ? this.#misfit(values) : undefined;
    return ExpressionError.at(error, { ...this.details, operand });
  }

  #misfit(values: readonly Value[]): string | undefined {
    const paths = this.#operands
      .map((node, index) => ({ node, value: values[index], takes: this.#takes[index] }))
      .filter(({ node }) => node.kind === 'path');
    const misfit = paths.find(({ value, takes }) => takes?.includes(kindOf(value)) === false) ?? paths[0];
    return misfit === undefined ? undefined : this.#source.slice(misfit.node.start, misfit.node.end);
  }
}

function operandsOf(node: UnaryNode | BinaryNode | CallNode): readonly Node[] {
  if (node.kind === 'call') return node.arguments;
  return node.kind === 'unary' ? [node.operand] : [node.left, node.right];
}
