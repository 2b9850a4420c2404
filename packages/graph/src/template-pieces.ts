import { ExpressionError, compileExpression } from '@tinysystems/expression';
import { type Node, check, parse, piecesOf } from '@tinysystems/expression/analysis';

/** A piece of a template text: as written, an expression, or one that does not compile. */
export type TemplatePiece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'expression'; readonly source: string; readonly node: Node }
  | { readonly kind: 'error'; readonly source: string; readonly message: string };

/** Cuts one text of a mapping into its pieces. */
export function templatePieces(text: string): readonly TemplatePiece[] {
  return piecesOf(text).map((piece) => (piece.kind === 'text' ? piece : parsed(piece.source)));
}

function parsed(source: string): TemplatePiece {
  try {
    const node = parse(source);
    check(node, source);
    // Only a constant pattern can still be wrong, and compiling is dear.
    if (source.includes('=~')) compileExpression(source);
    return { kind: 'expression', source, node };
  } catch (error) {
    if (!ExpressionError.is(error)) throw error;
    return { kind: 'error', source, message: error.message };
  }
}
