import { type Clock, type Log, type SecretReference, sleep } from '@tinysystems/core';
import type { SecretReading, SecretSource } from '@tinysystems/engine';
import {
  ApiError,
  type Client,
  Informer,
  type KubeObject,
  type KubernetesMetrics,
  type Logger,
  resourceType,
} from '@tinysystems/kubernetes';

/** How many Secrets one replica follows; each takes a watch of its own, because nobody may read all of them. */
export const MAX_SECRETS = 100;
/** How long the first reading of a Secret may take, milliseconds. */
const READ_TIMEOUT_MS = 10_000;

/** A Secret as it is cached. */
interface Secret extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

const SECRETS = resourceType<Secret>({
  group: '',
  version: 'v1',
  kind: 'Secret',
  plural: 'secrets',
  namespaced: true,
});

/** What {@link NodeSecrets} works with. */
export interface NodeSecretsOptions {
  readonly client: Client;
  readonly namespace: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: KubernetesMetrics;
  /** A Secret that the settings of this node refer to has changed. */
  readonly onChange: (node: string) => void;
}

/** The Secrets that settings of nodes refer to: each is watched by its name, for as long as a node refers to it. */
export class NodeSecrets implements SecretSource, AsyncDisposable {
  readonly #options: NodeSecretsOptions;
  readonly #followed = new Map<string, FollowedSecret>();
  readonly #ending = new Set<Promise<void>>();

  constructor(options: NodeSecretsOptions) {
    this.#options = options;
  }

  /** How many Secrets are watched. */
  get count(): number {
    return this.#followed.size;
  }

  async read(node: string, references: readonly SecretReference[]): Promise<readonly SecretReading[]> {
    const wanted = new Set(references.map(({ name }) => name));
    for (const name of wanted) this.#follow(name)?.nodes.add(node);
    for (const [name, followed] of this.#followed) if (!wanted.has(name)) this.#leave(followed, node);
    return Promise.all(references.map((reference) => this.#reading(reference)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const followed of this.#followed.values()) this.#end(followed);
    await Promise.all(this.#ending);
  }

  #follow(name: string): FollowedSecret | undefined {
    const known = this.#followed.get(name);
    if (known !== undefined || this.#followed.size >= MAX_SECRETS) return known;
    const followed = new FollowedSecret(name, this.#options);
    this.#followed.set(name, followed);
    return followed;
  }

  #leave(followed: FollowedSecret, node: string): void {
    followed.nodes.delete(node);
    if (followed.nodes.size === 0) this.#end(followed);
  }

  #end(followed: FollowedSecret): void {
    this.#followed.delete(followed.name);
    const ended = followed[Symbol.asyncDispose]().then(() => void this.#ending.delete(ended));
    this.#ending.add(ended);
  }

  async #reading(reference: SecretReference): Promise<SecretReading> {
    const followed = this.#followed.get(reference.name);
    if (followed !== undefined) return followed.read(reference.key);
    const problem = `Secret ${reference.name} is not read: this replica follows ${MAX_SECRETS} Secrets already; keep several keys in one Secret`;
    return { reason: 'SecretUnread', problem };
  }
}

class FollowedSecret implements AsyncDisposable {
  readonly name: string;
  /** Whose settings refer to it. */
  readonly nodes = new Set<string>();
  readonly #options: NodeSecretsOptions;
  readonly #informer: Informer<Secret>;
  readonly #stop = new AbortController();
  readonly #known = Promise.withResolvers<void>();
  readonly #ended: Promise<void>;
  #isForbidden = false;

  constructor(name: string, options: NodeSecretsOptions) {
    this.name = name;
    this.#options = options;
    const { client, namespace, log, metrics } = options;
    this.#informer = new Informer({
      name: 'secrets',
      client: client.resource(SECRETS, namespace),
      fieldSelector: `metadata.name=${name}`,
      transform: onlyData,
      logger: refusalsTo(log, () => this.#refused()),
      metrics,
    });
    this.#ended = this.#informer.run(this.#stop.signal);
    void this.#informer.waitForSync(this.#stop.signal).then(
      () => this.#synced(),
      (reason: unknown) => log.debug({ secret: name, reason }, 'a Secret is no longer followed'),
    );
  }

  async read(key: string): Promise<SecretReading> {
    await this.#whenKnown();
    const { name } = this;
    const { namespace } = this.#options;
    if (this.#isForbidden) return forbidden(name);
    if (!this.#informer.hasSynced)
      return { reason: 'SecretUnread', problem: `Secret ${name} could not be read yet; it is tried again` };
    const secret = this.#informer.lister.get(namespace, name);
    if (secret === undefined)
      return {
        reason: 'SecretNotFound',
        problem: `there is no Secret ${name} in namespace ${namespace}, of which it wants key ${key}`,
      };
    const data = secret.data ?? {};
    const encoded = Object.hasOwn(data, key) ? data[key] : undefined;
    return encoded === undefined ? keyNotFound(name, key, Object.keys(data)) : decoded(name, key, encoded);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    this.#known.resolve();
    await this.#ended;
  }

  /** The first list, a refusal, or the end of patience. */
  async #whenKnown(): Promise<void> {
    const enough = new AbortController();
    const patience = sleep(this.#options.clock, READ_TIMEOUT_MS, enough.signal).catch(() => undefined);
    await Promise.race([this.#known.promise, patience]);
    enough.abort();
    await patience;
  }

  #synced(): void {
    this.#isForbidden = false;
    this.#known.resolve();
    this.#informer.onEvent({ add: this.#tell, update: this.#tell, delete: this.#tell });
    this.#tell();
  }

  #refused(): void {
    const isNews = !this.#isForbidden && !this.#informer.hasSynced;
    this.#isForbidden = !this.#informer.hasSynced;
    this.#known.resolve();
    if (isNews) this.#tell();
  }

  readonly #tell = (): void => {
    for (const node of this.nodes) this.#options.onChange(node);
  };
}

/** What is not needed is not kept. */
function onlyData({ metadata: { name, namespace, uid, resourceVersion }, data }: Secret): Secret {
  return {
    metadata: { name, namespace, uid, resourceVersion } as Secret['metadata'],
    ...(data !== undefined && { data }),
  };
}

/**
 * That a Secret may not be read is said in the condition of the node; a line each time would say no more. Other errors
 * may quote what the server sent, so only their names are logged.
 */
function refusalsTo(log: Log, onRefusal: () => void): Logger {
  const quiet = ({ err, ...fields }: { readonly err?: unknown }): object => {
    if (err === undefined) return fields;
    return ApiError.is(err) ? { ...fields, err } : { ...fields, failure: (err as Partial<Error>).name };
  };
  return {
    debug: (fields, message) => log.debug(quiet(fields), message),
    info: (fields, message) => log.info(quiet(fields), message),
    error: (fields, message) => log.error(quiet(fields), message),
    warn: (fields: { readonly err?: unknown }, message) => {
      const isRefusal = ApiError.isForbidden(fields.err);
      log[isRefusal ? 'debug' : 'warn'](quiet(fields), message);
      if (isRefusal) onRefusal();
    },
  };
}

function forbidden(name: string): SecretReading {
  const problem = `Secret ${name} may not be read: add its name to rbac.secretNames of the module's chart, or let the ServiceAccount list and watch secrets of that name`;
  return { reason: 'SecretForbidden', problem };
}

function keyNotFound(name: string, key: string, keys: readonly string[]): SecretReading {
  const has = keys.length === 0 ? 'it is empty' : `it has: ${keys.toSorted().join(', ')}`;
  return { reason: 'SecretKeyNotFound', problem: `Secret ${name} has no key ${key}; ${has}` };
}

function decoded(name: string, key: string, encoded: string): SecretReading {
  try {
    return { value: new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(encoded, 'base64')) };
  } catch {
    return {
      reason: 'SecretUnreadable',
      problem: `key ${key} of Secret ${name} is not UTF-8 text, which settings need`,
    };
  }
}
