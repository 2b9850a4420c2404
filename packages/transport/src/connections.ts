import type { Clock } from '@tinysystems/core';
import type { AddressBook } from './address-book.ts';
import type { CertificateFiles } from './certificate-files.ts';
import { ClientCredentials } from './client-credentials.ts';
import { Connection } from './connection.ts';
import type { RefusalMeter } from './refusal.ts';

/** How often a connection with new certificates is tried, milliseconds. */
const RENEW_EVERY_MS = 1000;

/** What connections are made with. */
export interface ConnectionsOptions {
  readonly book: AddressBook;
  readonly clock: Clock;
  /** Opened before the first connection. Default: none, in plain text. */
  readonly certificates?: CertificateFiles | undefined;
  readonly onRefusal?: RefusalMeter;
}

/**
 * One connection for each replica of each module, as long as the address book lists it. When other certificates come
 * into use, each connection is made anew, and the old one ends after its last call, once the new one takes calls.
 */
export class Connections implements Disposable {
  readonly #options: ConnectionsOptions;
  readonly #modules = new Map<string, Map<string, Connection>>();
  /** On their way to replace one of the above. */
  readonly #renewals = new Map<Connection, () => void>();
  readonly #unsubscribes: readonly (() => void)[];

  constructor(options: ConnectionsOptions) {
    this.#options = options;
    this.#unsubscribes = [
      options.book.onChange(() => this.#retireUnused()),
      options.certificates?.onChange(() => this.#renew()) ?? (() => undefined),
    ];
  }

  /** How many calls have not ended, to all replicas. */
  get inFlight(): number {
    return this.#list().reduce((sum, { connection }) => sum + connection.inFlight, 0);
  }

  /** How many of them wait to be written. */
  get waiting(): number {
    return this.#list().reduce((sum, { connection }) => sum + connection.waiting, 0);
  }

  /** The connection to a replica. It is opened, unless that failed a moment ago. */
  get(module: string, addr: string): Connection {
    let ofModule = this.#modules.get(module);
    if (ofModule === undefined) this.#modules.set(module, (ofModule = new Map<string, Connection>()));
    let connection = ofModule.get(addr);
    if (connection === undefined) ofModule.set(addr, (connection = this.#create(module, addr)));
    connection.open();
    return connection;
  }

  /** Closes all at once: their calls fail. */
  [Symbol.dispose](): void {
    for (const unsubscribe of this.#unsubscribes) unsubscribe();
    for (const old of this.#renewals.keys()) this.#endRenewal(old);
    for (const { connection } of this.#list()) connection.close();
    this.#modules.clear();
  }

  #create(module: string, addr: string): Connection {
    const { clock, certificates, onRefusal = () => undefined } = this.#options;
    const peer = `module ${module} at ${addr}`;
    if (certificates === undefined) return new Connection({ addr, peer, clock });
    const credentials = new ClientCredentials({ certificates, module, peer, onRefusal });
    return new Connection({ addr, peer, clock, credentials });
  }

  #list() {
    return [...this.#modules].flatMap(([module, connections]) =>
      [...connections].map(([addr, connection]) => ({ module, addr, connection })),
    );
  }

  #retireUnused(): void {
    for (const { module, addr, connection } of this.#list()) {
      if (this.#options.book.get(module)?.some((endpoint) => endpoint.addr === addr) === true) continue;
      this.#endRenewal(connection);
      this.#modules.get(module)?.delete(addr);
      connection.retire();
    }
  }

  #renew(): void {
    for (const { module, addr, connection: old } of this.#list()) {
      this.#endRenewal(old);
      const next = this.#create(module, addr);
      let takeBack: () => void = () => undefined;
      const attempt = () => {
        takeBack = this.#options.clock.after(RENEW_EVERY_MS, attempt);
        next.open();
      };
      const leave = next.onReady(() => {
        this.#renewals.delete(old);
        leave();
        takeBack();
        this.#modules.get(module)?.set(addr, next);
        old.retire();
      });
      this.#renewals.set(old, () => {
        leave();
        takeBack();
        next.close();
      });
      attempt();
    }
  }

  #endRenewal(old: Connection): void {
    this.#renewals.get(old)?.();
    this.#renewals.delete(old);
  }
}
