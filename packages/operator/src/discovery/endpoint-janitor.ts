import { connect } from 'node:net';
import type { TinyModule, TinyModuleEndpoint } from '@tinysystems/api';
import { type Clock, type Log, sleep } from '@tinysystems/core';
import { ApiError, type Informer, type ResourceClient, type Runnable } from '@tinysystems/kubernetes';
import { replicaOf } from '../replica-identity.ts';
import type { Leadership } from '../resources/leadership.ts';

const LOOK_EVERY_MS = 5000;
const CONNECT_TIMEOUT_MS = 2000;
/** A replica that could not be reached for this long is taken off the list, milliseconds; one that was replaced at once. */
export const UNREACHABLE_AFTER_MS = 30_000;

/** What a janitor works with. */
export interface EndpointJanitorOptions {
  readonly moduleName: string;
  readonly namespace: string;
  readonly identity: string;
  readonly caches: { readonly modules: Pick<Informer<TinyModule>, 'lister'> };
  readonly client: Pick<ResourceClient<TinyModule>, 'patch'>;
  readonly leadership: Pick<Leadership, 'epoch'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Takes replicas that died without a word off the own TinyModule. Leader-only. */
export class EndpointJanitor implements Runnable {
  readonly name = 'endpoint janitor';
  readonly #options: EndpointJanitorOptions;
  /** Since when a replica has not been reached, milliseconds since the epoch. */
  #silentSinceMs: ReadonlyMap<string, number> = new Map();

  constructor(options: EndpointJanitorOptions) {
    this.#options = options;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#options;
    this.#silentSinceMs = new Map();
    while (!signal.aborted) {
      try {
        await this.#look(signal);
      } catch (error) {
        if (signal.aborted) return;
        log.warn({ err: error }, 'the list of replicas could not be tidied');
      }
      await sleep(clock, LOOK_EVERY_MS, signal).catch(() => signal.aborted);
    }
  }

  async #look(signal: AbortSignal): Promise<void> {
    const { caches, namespace, moduleName, identity, clock } = this.#options;
    const endpoints = caches.modules.lister.get(namespace, moduleName)?.status?.endpoints ?? [];
    const others = endpoints.filter(({ pod }) => pod !== identity);
    const nowMs = clock.now();
    const reached = await Promise.all(others.map(({ addr }) => isReachable(addr, signal)));
    signal.throwIfAborted();
    const silent = others.filter((_, index) => reached[index] === false);
    this.#silentSinceMs = new Map(silent.map(({ pod }) => [pod, this.#silentSinceMs.get(pod) ?? nowMs]));
    const dead = silent.filter(
      (endpoint) =>
        isReplaced(endpoint, endpoints) ||
        nowMs - (this.#silentSinceMs.get(endpoint.pod) ?? nowMs) >= UNREACHABLE_AFTER_MS,
    );
    if (dead.length > 0) await this.#remove(dead, endpoints, signal);
  }

  async #remove(
    dead: readonly TinyModuleEndpoint[],
    endpoints: readonly TinyModuleEndpoint[],
    signal: AbortSignal,
  ): Promise<void> {
    const { client, moduleName, leadership, log } = this.#options;
    const { epoch } = leadership;
    if (epoch === undefined) return;
    // The last comes first, so that those before it keep their place.
    const steps = dead.toReversed().flatMap((endpoint) => {
      const path = `/status/endpoints/${endpoints.indexOf(endpoint)}`;
      return [
        { op: 'test', path: `${path}/pod`, value: endpoint.pod },
        { op: 'remove', path },
      ] as const;
    });
    const patch = [{ op: 'test', path: '/status/leaderEpoch', value: epoch } as const, ...steps];
    try {
      await client.patch(moduleName, patch, { subresource: 'status', signal });
      const replicas = dead.map(({ pod }) => pod);
      log.info({ replicas }, 'replicas that are gone were taken off the list');
    } catch (error) {
      // The list, or the leader, changed meanwhile: the next look sees the new one.
      if (!ApiError.is(error) || (error.code !== 409 && error.code !== 422)) throw error;
    }
  }
}

/** An unreachable process with a younger one of the same replica has been replaced. */
function isReplaced(endpoint: TinyModuleEndpoint, endpoints: readonly TinyModuleEndpoint[]): boolean {
  const replica = replicaOf(endpoint.pod);
  return endpoints.some(
    (other) => replicaOf(other.pod) === replica && other.startedAt > endpoint.startedAt && other !== endpoint,
  );
}

function isReachable(addr: string, signal: AbortSignal): Promise<boolean> {
  const colon = addr.lastIndexOf(':');
  const port = Number(addr.slice(colon + 1));
  if (!(port > 0 && port < 65_536)) return Promise.resolve(false);
  return new Promise((resolve) => {
    const socket = connect({ host: addr.slice(0, colon), port, timeout: CONNECT_TIMEOUT_MS, signal });
    const answer = (isUp: boolean) => {
      socket.destroy();
      resolve(isUp);
    };
    socket.once('connect', () => answer(true));
    socket.once('timeout', () => answer(false));
    socket.once('error', () => answer(false));
  });
}
