import { systemClock } from '@tinysystems/core';
import { AddressBook, ClientPool, ModuleServer } from '@tinysystems/transport';
import { Replica, type ReplicaOptions } from './replica.ts';

/** Where the modules of this suite are, `host:port` by name. */
export type Addresses = Readonly<Record<string, string>>;

/** What a serving module works with. */
export interface ServingModuleOptions extends Omit<ReplicaOptions, 'remote'> {
  /** `false`: takes single calls only. */
  readonly takesStreams: boolean;
}

/** A module with one replica that serves others over gRPC on loopback. */
export class ServingModule implements AsyncDisposable {
  readonly replica: Replica;
  readonly #book = new AddressBook();
  readonly #pool = new ClientPool({ book: this.#book, clock: systemClock });
  readonly #server: ModuleServer;

  private constructor({ module, note, takesStreams }: ServingModuleOptions) {
    this.replica = new Replica({
      module,
      note,
      remote: (target, message, signal) => this.#pool.deliver(target, message, signal),
    });
    this.#server = new ModuleServer({
      address: '127.0.0.1:0',
      deliver: this.replica.scheduler.deliver,
      authorise: () => Promise.resolve(),
      clock: systemClock,
      takesStreams,
    });
  }

  static async start(options: ServingModuleOptions): Promise<ServingModule> {
    const module = new ServingModule(options);
    await module.#server.listen();
    return module;
  }

  get address(): string {
    return `127.0.0.1:${this.#server.port}`;
  }

  /** Tells it where the modules are. */
  know(addresses: Addresses): void {
    for (const [module, addr] of Object.entries(addresses)) this.#book.set(module, [{ pod: module, addr }]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.replica.scheduler.stop();
    await this.#pool[Symbol.asyncDispose]();
    await this.#server.stop(1000);
  }
}
