import type { Note } from './components.ts';
import { type DeliveryHarness, describeDelivery } from './delivery.ts';
import { Replica } from './replica.ts';

describeDelivery('in one process', { hops: 1, hasBorder: false, isExact: true }, async () => {
  const notes: Note[] = [];
  const replica = new Replica({
    module: 'all',
    note: (note) => void notes.push(note),
    remote: () => Promise.reject(new Error('there is no other module')),
  });
  return {
    notes,
    start: (specs) => replica.apply(specs),
    send: (node, data, options) => replica.send(node, data, options),
    spans: async () => replica.spans,
    async clear() {
      await replica.clear();
      notes.length = 0;
    },
    [Symbol.asyncDispose]: () => replica.scheduler.stop(),
  } satisfies DeliveryHarness;
});
