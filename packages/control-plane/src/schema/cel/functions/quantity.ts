import type { Environment } from '@marcbachmann/cel-js';

import { Quantity } from '../quantity.ts';

const TYPE = 'kubernetes.Quantity';

/** Amounts such as `1.5Gi` and `250m`. */
export function registerQuantity(environment: Environment): void {
  environment
    .registerType(TYPE, Quantity)
    .registerFunction(`quantity(string): ${TYPE}`, (text: string) => Quantity.parse(text))
    .registerFunction('isQuantity(string): bool', (text: string) => Quantity.isQuantity(text))
    .registerFunction(`${TYPE}.sign(): int`, (quantity: Quantity) =>
      BigInt(quantity.compareTo(new Quantity(0n))),
    )
    .registerFunction(`${TYPE}.isInteger(): bool`, (quantity: Quantity) => quantity.isInteger)
    .registerFunction(`${TYPE}.asInteger(): int`, (quantity: Quantity) => quantity.asInteger())
    .registerFunction(`${TYPE}.asApproximateFloat(): double`, (quantity: Quantity) =>
      quantity.asApproximateFloat(),
    )
    .registerFunction(`${TYPE}.add(${TYPE}): ${TYPE}`, (a: Quantity, b: Quantity) => a.add(b))
    .registerFunction(`${TYPE}.add(int): ${TYPE}`, (a: Quantity, b: bigint) => a.add(Quantity.of(b)))
    .registerFunction(`${TYPE}.sub(${TYPE}): ${TYPE}`, (a: Quantity, b: Quantity) => a.subtract(b))
    .registerFunction(`${TYPE}.sub(int): ${TYPE}`, (a: Quantity, b: bigint) => a.subtract(Quantity.of(b)))
    .registerFunction(`${TYPE}.compareTo(${TYPE}): int`, (a: Quantity, b: Quantity) => BigInt(a.compareTo(b)))
    .registerFunction(`${TYPE}.isLessThan(${TYPE}): bool`, (a: Quantity, b: Quantity) => a.compareTo(b) < 0)
    .registerFunction(
      `${TYPE}.isGreaterThan(${TYPE}): bool`,
      (a: Quantity, b: Quantity) => a.compareTo(b) > 0,
    )
    .registerOperator(`${TYPE} == ${TYPE}`, (a: Quantity, b: Quantity) => a.equals(b));
}
