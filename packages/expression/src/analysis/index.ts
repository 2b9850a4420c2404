export { check } from '../check.ts';
export type { Parameter, Signature } from '../functions/function-definition.ts';
export type { Json, JsonObject } from '../json.ts';
export type { Kind } from '../kind.ts';
export { nearestName } from '../nearest-name.ts';
export { parse } from '../parse.ts';
export { type Piece, type Placeholder, piecesOf } from '../placeholders.ts';
export { BINARY_SIGNATURES, type OperatorSignature, SIGNATURES, UNARY_SIGNATURES } from '../signatures.ts';
export {
  type ArrayNode,
  type BinaryNode,
  type BinaryOperator,
  type CallNode,
  type LiteralNode,
  type Node,
  type ObjectNode,
  type PathNode,
  type Segment,
  type Selector,
  type SliceSelector,
  type Span,
  type TernaryNode,
  type UnaryNode,
} from '../syntax.ts';
