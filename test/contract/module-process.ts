// One module of the delivery suite in a process of its own: does what its parent asks for, and tells it what handlers note.
import { type Json, type NodeSpec, toTinyError } from '@tinysystems/core';
import type { SendOptions } from './replica.ts';
import { type Addresses, ServingModule } from './serving-module.ts';

/** What the parent may ask for. */
export type Order =
  | { readonly do: 'know'; readonly addresses: Addresses }
  | { readonly do: 'apply'; readonly specs: readonly NodeSpec[] }
  | { readonly do: 'send'; readonly node: string; readonly data: Json; readonly options: SendOptions }
  | { readonly do: 'spans' }
  | { readonly do: 'clear' };

const [, , module = '', takesStreams = 'true'] = process.argv;
const tell = (message: object): void => void process.send?.(message);
const serving = await ServingModule.start({
  module,
  takesStreams: takesStreams === 'true',
  note: (note) => tell({ note }),
});

process.on('message', ({ id, order }: { readonly id: number; readonly order: Order }) => {
  carryOut(order).then(
    (value) => tell({ id, value }),
    (thrown: unknown) => {
      const { kind, code, message } = toTinyError(thrown);
      tell({ id, failure: { kind, code, message } });
    },
  );
});
process.once('disconnect', () => process.exit());
tell({ address: serving.address });

async function carryOut(order: Order): Promise<unknown> {
  switch (order.do) {
    case 'know':
      return serving.know(order.addresses);
    case 'apply':
      return serving.replica.apply(order.specs);
    case 'send':
      return serving.replica.send(order.node, order.data, order.options);
    case 'spans':
      return serving.replica.spans;
    case 'clear':
      return serving.replica.clear();
  }
}
