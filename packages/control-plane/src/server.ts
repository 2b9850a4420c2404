import { mkdir } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

import { Authorizer } from './access/authorizer.ts';
import { DEFAULT_ROLES } from './access/default-roles.ts';
import { Grants } from './access/grants.ts';
import { RoleAggregator } from './access/role-aggregator.ts';
import { Tokens, type TokenOptions } from './access/tokens.ts';
import { systemClock, type Clock } from './clock.ts';
import { FaultInjector, type Faults } from './faults.ts';
import { EventExpiry } from './garbage/event-expiry.ts';
import { ContentFinalizer } from './garbage/finalizers.ts';
import { OwnerCollector } from './garbage/owners.ts';
import { Api } from './http/api.ts';
import { Connections } from './http/connections.ts';
import { RequestGate } from './http/request-gate.ts';
import { ResourceRoutes } from './http/resource-routes.ts';
import { openIdentity, type Identity } from './identity.ts';
import { renderKubeconfig } from './kubeconfig.ts';
import { DEFAULT_LIMITS, type ControlPlaneLimits } from './limits.ts';
import { writePrivateFile } from './private-file.ts';
import { CrdController } from './resources/crd-controller.ts';
import { Deleter } from './resources/deleter.ts';
import { createInitialObjects, INITIAL_NAMESPACES } from './resources/initial-objects.ts';
import { Registry } from './resources/registry.ts';
import { Writer } from './resources/writer.ts';
import { DirectoryLock } from './storage/directory-lock.ts';
import { LmdbStorage } from './storage/lmdb-storage.ts';
import { MemoryStorage } from './storage/memory-storage.ts';
import { ObjectStore } from './storage/object-store.ts';
import type { Storage } from './storage/storage.ts';
import { WatchHub } from './watch/watch-hub.ts';

/** Where a control plane listens and what it keeps. */
export interface ControlPlaneOptions {
  /** Address to listen on; loopback (`127.0.0.1`) by default. */
  readonly host?: string;
  /** Port to listen on; 0, the default, takes a free one. */
  readonly port?: number;
  /**
   * Keeps objects, certificates and token here, so that a restart changes nothing; without it all is in memory.
   * A write is answered once it is flushed to the disk: neither a crash nor a power failure takes it back.
   */
  readonly dataDirectory?: string;
  /** Where to write a kubeconfig, readable by its owner only. */
  readonly kubeconfigPath?: string;
  /**
   * Lets in users besides the administrator, who may do what Roles and ClusterRoles grant them and nothing else.
   * Off by default: then there is only the administrator.
   */
  readonly rbac?: boolean;
  /** What clients may use of the server; what is left out is as in {@link DEFAULT_LIMITS}. */
  readonly limits?: Partial<ControlPlaneLimits>;
  /** Time; the machine's by default. */
  readonly clock?: Clock;
}

/** Of one request, its address included; a larger one is answered with 431. */
const MAX_HEADER_BYTES = 16 * 1024;

/** How a user connects. */
export interface IssuedToken {
  readonly token: string;
  /** The text of a kubeconfig with this token. */
  readonly kubeconfig: string;
}

/** A running server. */
export interface ControlPlane extends AsyncDisposable {
  /** `https://host:port`. */
  readonly url: string;
  readonly port: number;
  /** The text of a kubeconfig for this server. */
  readonly kubeconfig: string;
  /** The bearer token of the administrator, who may do everything. */
  readonly token: string;
  /** The authority of the server's certificate, PEM. */
  readonly caCertificate: string;
  /**
   * Makes a token for a user or a ServiceAccount; no object needs to exist. It is good as long as the administrator's.
   *
   * @throws Error without the option `rbac`, or for a name that cannot be a user's.
   */
  issueToken(options: TokenOptions): IssuedToken;
  /** Misbehaviour on demand, for tests. */
  readonly faults: Faults;
  /** Ends open watches, closes every connection and the storage. Stopping twice is harmless. */
  stop(): Promise<void>;
}

/**
 * Starts a server that speaks the Kubernetes API over HTTPS.
 *
 * @throws Error with code `EADDRINUSE`, naming host and port, when something else listens there; an Error that names the
 * data directory when it cannot be used or another process has it.
 */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const {
    host = '127.0.0.1',
    port = 0,
    dataDirectory,
    kubeconfigPath,
    rbac = false,
    clock = systemClock,
  } = options;
  await using started = new AsyncDisposableStack();
  if (dataDirectory !== undefined) started.use(await openDirectory(dataDirectory));
  const identity = await openIdentity({ host, dataDirectory, clock });
  const storage = started.use(openStorage(dataDirectory));
  const store = new ObjectStore(storage);
  const registry = new Registry(store);
  const connections = new Connections();
  const hub = started.use(new WatchHub({ store, clock, connections }));
  const writer = new Writer(store, clock);
  const initialObjects = rbac ? [...INITIAL_NAMESPACES, ...DEFAULT_ROLES] : INITIAL_NAMESPACES;
  await createInitialObjects(initialObjects, { writer, registry, store });
  // No client can know a state from before the start.
  store.log.compact();
  const faults = new FaultInjector({ hub, log: store.log, clock });
  const deleter = new Deleter(store, clock);
  const owners = started.use(new OwnerCollector({ store, registry, deleter, clock }));
  const content = started.use(new ContentFinalizer({ store, registry, deleter, clock }));
  const events = started.use(new EventExpiry(store, clock));
  const crds = started.use(new CrdController({ store, clock }));
  crds.start();
  const roles = started.use(new RoleAggregator({ store, clock }));
  roles.start();
  owners.start();
  content.start();
  events.start();
  const hostNames = new Set(['127.0.0.1', 'localhost', '::1', host]);
  const tokens = new Tokens(identity.token, rbac, clock);
  const routes = new ResourceRoutes({ store, writer, deleter, hub, clock, tokens });
  const authorizer = new Authorizer(new Grants(store));
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const gate = new RequestGate(limits, clock);
  const parts = { tokens, authorizer, hasUsers: rbac, hostNames, registry, routes, faults, clock };
  const api = new Api({ ...parts, gate });
  const server = await listen(api, identity, { host, port, limits });
  connections.track(server);
  started.defer(() => closeServer(server, connections));
  // Watches end before connections are cut, so that clients see a regular end.
  started.defer(() => hub[Symbol.asyncDispose]());
  const bound = (server.address() as AddressInfo).port;
  const url = `https://${host.includes(':') ? `[${host}]` : host}:${bound}`;
  const caCertificate = identity.credentials.authority.certificate;
  const kubeconfigWith = (token: string): string => renderKubeconfig({ url, caCertificate, token });
  const kubeconfig = kubeconfigWith(identity.token);
  if (kubeconfigPath !== undefined) await writeKubeconfig(kubeconfigPath, kubeconfig);
  const resources = started.move();
  const stop = (): Promise<void> => resources.disposeAsync();
  return {
    url,
    port: bound,
    kubeconfig,
    token: identity.token,
    caCertificate,
    issueToken: (whom) => {
      const token = tokens.issue(whom);
      return { token, kubeconfig: kubeconfigWith(token) };
    },
    faults,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

async function openDirectory(dataDirectory: string): Promise<DirectoryLock> {
  try {
    await mkdir(dataDirectory, { recursive: true, mode: 0o700 });
    return await DirectoryLock.acquire(dataDirectory);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    const why = code === 'EEXIST' || code === 'ENOTDIR' ? 'there is a file in its place' : message;
    throw new Error(`The data directory ${dataDirectory} cannot be used: ${why}.`, { cause: error });
  }
}

async function writeKubeconfig(path: string, content: string): Promise<void> {
  try {
    await writePrivateFile(path, content);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`The kubeconfig ${path} cannot be written: ${why}.`, { cause: error });
  }
}

function openStorage(dataDirectory: string | undefined): Storage {
  return dataDirectory === undefined
    ? new MemoryStorage()
    : new LmdbStorage(join(dataDirectory, 'objects.mdb'));
}

async function listen(
  api: Api,
  identity: Identity,
  { host, port, limits }: { host: string; port: number; limits: ControlPlaneLimits },
): Promise<Server> {
  const { certificate, key } = identity.credentials.server;
  const server = createServer(
    {
      cert: certificate,
      key,
      ALPNProtocols: ['http/1.1'],
      keepAliveTimeout: 60_000,
      maxHeaderSize: MAX_HEADER_BYTES,
      handshakeTimeout: limits.headersTimeoutMs,
      headersTimeout: limits.headersTimeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      connectionsCheckingInterval: Math.min(limits.headersTimeoutMs, 5_000),
    },
    (message, response) => {
      void api.handle(message, response);
    },
  );
  server.maxConnections = limits.connections;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(listenError(error, host, port)));
    server.listen({ host, port }, resolve);
  });
  return server;
}

function listenError(error: NodeJS.ErrnoException, host: string, port: number): Error {
  if (error.code !== 'EADDRINUSE') return error;
  const message = `Cannot listen on ${host}:${port}: the port is in use. Stop the other process or choose another port.`;
  return Object.assign(new Error(message, { cause: error }), { code: error.code });
}

async function closeServer(server: Server, connections: Connections): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  connections.closeAll();
  await closed;
}
