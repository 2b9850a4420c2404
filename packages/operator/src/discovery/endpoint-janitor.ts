import { connect } from 'node:net';
import type { TinyModule, TinyModuleEndpoint } from '@tinysystems/api';
import { type Clock, type Log, sleep } from '@tinysystems/core';
import { ApiError, type ResourceClient, type Runnable } from '@tinysystems/kubernetes';
import type { Caches } from '../resources/caches.ts';

const LOOK_EVERY_MS = 5000;
const CONNECT_TIMEOUT_MS = 2000;
/** A replica that could not be reached for this long is taken off the list, milliseconds. */
export const UNREACHABLE_AFTER_MS = 30_000;

/** What a janitor works with. */
export interface EndpointJanitorOptions {
  readonly moduleName: string;
  readonly namespace: string;
  readonly identity: string;
  readonly caches: Pick<Caches, 'modules'>;
  readonly client: Pick<ResourceClient<TinyModule>, 'patch'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Takes replicas that died without a word off the own TinyModule. Leader-only. */
export class EndpointJanitor implements Runnable {
  readonly name = 'endpoint janitor';
  readonly #options: EndpointJanitorOptions;
  /** Since when a replica has not been reached. */
  readonly #silentSinceMs = new Map<string, number>();

  constructor(options: EndpointJanitorOptions) {
    this.#options = options;
  }

  async run(signal: AbortSignal): Promise<void> {
    this.#silentSinceMs.clear();
    while (!signal.aborted) {
      try {
        await this.#look();
        await sleep(this.#options.clock, LOOK_EVERY_MS, signal);
      } catch (error) {
        if (signal.aborted) return;
        this.#options.log.warn({ err: error }, 'the list of replicas could not be tidied');
        await sleep(this.#options.clock, LOOK_EVERY_MS, signal).catch(() => signal.aborted);
      }
    }
  }

  async #look(): Promise<void> {
    const { caches, namespace, moduleName, identity, clock } = this.#options;
    const own = caches.modules.lister.get(namespace, moduleName);
    const others = own?.status?.endpoints?.filter((endpoint) => endpoint.pod !== identity) ?? [];
    const nowMs = clock.now();
    const reached = await Promise.all(others.map((endpoint) => isReachable(endpoint.addr)));
    for (const [index, endpoint] of others.entries()) {
      if (reached[index] === true) this.#silentSinceMs.delete(endpoint.pod);
      else if (!this.#silentSinceMs.has(endpoint.pod)) this.#silentSinceMs.set(endpoint.pod, nowMs);
    }
    const dead = others.find(
      ({ pod }) => nowMs - (this.#silentSinceMs.get(pod) ?? nowMs) >= UNREACHABLE_AFTER_MS,
    );
    if (own !== undefined && dead !== undefined) await this.#remove(own, dead);
  }

  async #remove(own: TinyModule, dead: TinyModuleEndpoint): Promise<void> {
    const { client, moduleName, log } = this.#options;
    const index = own.status?.endpoints?.findIndex(({ pod }) => pod === dead.pod) ?? -1;
    if (index < 0) return;
    const path = `/status/endpoints/${index}`;
    try {
      await client.patch(
        moduleName,
        [
          { op: 'test', path: `${path}/pod`, value: dead.pod },
          { op: 'remove', path },
        ],
        { subresource: 'status' },
      );
      this.#silentSinceMs.delete(dead.pod);
      log.info({ replica: dead.pod, addr: dead.addr }, 'a replica that is gone was taken off the list');
    } catch (error) {
      // The list changed meanwhile: the next look sees the new one.
      if (!ApiError.is(error) || (error.code !== 409 && error.code !== 422)) throw error;
    }
  }
}

function isReachable(addr: string): Promise<boolean> {
  const colon = addr.lastIndexOf(':');
  return new Promise((resolve) => {
    const socket = connect({
      host: addr.slice(0, colon),
      port: Number(addr.slice(colon + 1)),
      timeout: CONNECT_TIMEOUT_MS,
    });
    const answer = (isUp: boolean) => {
      socket.destroy();
      resolve(isUp);
    };
    socket.once('connect', () => answer(true));
    socket.once('timeout', () => answer(false));
    socket.once('error', () => answer(false));
  });
}
