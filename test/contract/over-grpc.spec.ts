import { type Component, type NodeSpec, systemClock } from '@tinysystems/core';
import { AddressBook, ClientPool, ModuleServer } from '@tinysystems/transport';
import { type DeliveryHarness, describeDelivery } from './delivery.ts';
import { Replica } from './replica.ts';

/** A module with one replica that serves others over gRPC on loopback. */
class ServingModule implements AsyncDisposable {
  readonly replica: Replica;
  readonly #book: AddressBook;
  readonly #name: string;
  readonly #pool: ClientPool;
  readonly #server: ModuleServer;

  constructor(
    name: string,
    components: readonly Component[],
    { book, takesStreams }: { readonly book: AddressBook; readonly takesStreams: boolean },
  ) {
    this.#name = name;
    this.#book = book;
    this.#pool = new ClientPool({ book, clock: systemClock });
    this.replica = new Replica(name, components, (module, message, signal) =>
      this.#pool.deliver(module, message, signal),
    );
    const { deliver } = this.replica.scheduler;
    this.#server = new ModuleServer({
      address: '127.0.0.1:0',
      deliver,
      authorise: () => Promise.resolve(),
      clock: systemClock,
      takesStreams,
    });
  }

  async start(specs: readonly NodeSpec[]): Promise<void> {
    for (const spec of specs) await this.replica.scheduler.apply(spec);
    await this.#server.listen();
    this.#book.set(this.#name, [{ pod: this.#name, addr: `127.0.0.1:${this.#server.port}` }]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.replica.scheduler.stop();
    await this.#pool[Symbol.asyncDispose]();
    await this.#server.stop(1000);
  }
}

function describeOverGrpc(name: string, takesStreams: boolean): void {
  describeDelivery(name, { hasBorder: true }, async (components): Promise<DeliveryHarness> => {
    const book = new AddressBook();
    const near = new ServingModule('near', components, { book, takesStreams });
    const far = new ServingModule('far', components, { book, takesStreams });
    return {
      start: async (nearSpecs, farSpecs) => {
        await near.start(nearSpecs);
        await far.start(farSpecs);
      },
      send: (node, data, options) => near.replica.send(node, data, options),
      get spans() {
        return [...near.replica.spans, ...far.replica.spans];
      },
      async [Symbol.asyncDispose]() {
        await Promise.all([near, far].map((module) => module[Symbol.asyncDispose]()));
      },
    };
  });
}

describeOverGrpc('over gRPC, on a stream', true);
describeOverGrpc('over gRPC, in single calls', false);
