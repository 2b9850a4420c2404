import type { KubeObject } from '../object.ts';
import type { ResourceType } from '../resource-type.ts';
import { RestResourceClient } from './resource-client.ts';
import type { ResourceClient } from './resource-client.ts';
import { RestClient } from './rest-client.ts';
import type { RestClientOptions } from './rest-client.ts';

/** What a {@link Client} is made of. */
export type ClientOptions = RestClientOptions;

/** The way to one API server. Share one per process; it owns the sockets. */
export class Client implements AsyncDisposable {
  readonly #rest: RestClient;

  constructor(options: ClientOptions) {
    this.#rest = new RestClient(options);
  }

  /**
   * The objects of one type. Without `namespace` those of all namespaces can be listed and watched,
   * and objects that name their namespace can be written.
   */
  resource<T extends KubeObject>(type: ResourceType<T>, namespace?: string): ResourceClient<T> {
    return new RestResourceClient(this.#rest, type, namespace);
  }

  /** Closes all sockets; what is still under way fails. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#rest[Symbol.asyncDispose]();
  }
}
