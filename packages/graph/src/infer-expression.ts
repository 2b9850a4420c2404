import type { BinaryNode, Node, TernaryNode } from '@tinysystems/expression/analysis';
import { inferCall } from './infer-call.ts';
import { inferNegation, inferOperation } from './infer-operator.ts';
import { inferPath, pathSource } from './infer-path.ts';
import type { Inference, View } from './inference.ts';
import { BOOLEAN, type Type, arrayOf, objectOf, typeOfJson, unionOf, written } from './type.ts';

/** The type of an expression over a message of a type; what is wrong with it is added to the inference. */
export function inferExpression(node: Node, inference: Inference): Type {
  const infer = (part: Node, view: View): Type => {
    switch (part.kind) {
      case 'literal':
        return typeOfJson(part.value);
      case 'path':
        return inferPath(part, view, inference, infer);
      case 'call':
        return inferCall(
          part.name,
          part.arguments.map((argument) => infer(argument, view)),
          view,
          inference,
        );
      case 'unary': {
        const operand = infer(part.operand, view);
        return part.operator === '!' ? BOOLEAN : inferNegation(operand, view, inference);
      }
      case 'binary':
        return inferBinary(part, view);
      case 'ternary':
        return inferTernary(part, view);
      case 'array':
        return arrayOf(part.items.map((item) => written(infer(item, view))));
      case 'object':
        return objectOf(part.entries.map(([key, value]) => [key, written(infer(value, view))]));
    }
  };

  const inferBinary = (part: BinaryNode, view: View): Type => {
    const left = infer(part.left, view);
    if (part.operator === '&&') infer(part.right, branch(view, provenBy(part.left)));
    else if (part.operator === '||') infer(part.right, branch(view, refutedBy(part.left)));
    else return inferOperation(part, [left, infer(part.right, view)], view, inference);
    return BOOLEAN;
  };

  const inferTernary = ({ condition, whenTrue, whenFalse }: TernaryNode, view: View): Type => {
    infer(condition, view);
    return unionOf([
      infer(whenTrue, branch(view, provenBy(condition))),
      infer(whenFalse, branch(view, refutedBy(condition))),
    ]);
  };

  return infer(node, inference.view);
}

function branch(view: View, present: readonly string[]): View {
  return { ...view, isLazy: true, present: new Set([...view.present, ...present]) };
}

/** The paths that a true condition has found to be neither missing nor null: `$.a`, `$.a && …`, `$.a != null`. */
function provenBy(condition: Node): readonly string[] {
  if (condition.kind === 'path') return [pathSource(condition)].filter(isDistinct);
  if (condition.kind === 'unary' && condition.operator === '!') return refutedBy(condition.operand);
  if (condition.kind !== 'binary') return [];
  const { operator, left, right } = condition;
  if (operator === '&&') return [...provenBy(left), ...provenBy(right)];
  return operator === '!=' && isNullLiteral(right) ? provenBy(left) : [];
}

/** The same for a false condition: `!$.a`, `!$.a || …`. */
function refutedBy(condition: Node): readonly string[] {
  if (condition.kind === 'unary' && condition.operator === '!') return provenBy(condition.operand);
  if (condition.kind !== 'binary' || condition.operator !== '||') return [];
  return [...refutedBy(condition.left), ...refutedBy(condition.right)];
}

function isNullLiteral(node: Node): boolean {
  return node.kind === 'literal' && node.value === null;
}

/** Parts that are not written out make different paths look the same. */
function isDistinct(source: string): boolean {
  return !source.includes('…') && !source.startsWith('@');
}
