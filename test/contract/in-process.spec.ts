import { type DeliveryHarness, describeDelivery } from './delivery.ts';
import { Replica } from './replica.ts';

describeDelivery('in one process', { hasBorder: false }, async (components): Promise<DeliveryHarness> => {
  const replica: Replica = new Replica('near', components, (_module, message, signal) =>
    replica.scheduler.deliver(message, signal),
  );
  return {
    async start(near, far) {
      for (const spec of [...near, ...far]) await replica.scheduler.apply(spec);
    },
    send: (node, data, options) => replica.send(node, data, options),
    get spans() {
      return replica.spans;
    },
    [Symbol.asyncDispose]: () => replica.scheduler.stop(),
  };
});
