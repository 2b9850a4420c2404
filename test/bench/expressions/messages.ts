/** A message as a flow has it. */
export interface BenchMessage {
  readonly user: {
    readonly name: string;
    readonly email: string;
    readonly address: { readonly city: string };
  };
  readonly order: {
    readonly id: string;
    readonly price: number;
    readonly quantity: number;
    readonly paid: boolean;
  };
  readonly items: readonly { readonly name: string; readonly price: number }[];
}

/** Different messages of one shape, so that no contender can remember an answer. */
export const MESSAGES: readonly BenchMessage[] = Array.from({ length: 64 }, (_, index) => ({
  user: { name: `Ada ${index}`, email: `ada${index}@example.com`, address: { city: `City ${index}` } },
  order: { id: `o-${index}`, price: 2.5 + index, quantity: index, paid: index % 2 === 0 },
  items: Array.from({ length: 20 }, (_item, item) => ({
    name: `item ${item}`,
    price: ((index + item) * 7) % 40,
  })),
}));
