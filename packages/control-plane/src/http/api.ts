import type { IncomingMessage, ServerResponse } from 'node:http';

import { attributesOf } from '../access/attributes.ts';
import type { Authorizer } from '../access/authorizer.ts';
import { impersonated } from '../access/impersonation.ts';
import type { Tokens } from '../access/tokens.ts';
import { ANONYMOUS, type User } from '../access/user.ts';
import type { Clock } from '../clock.ts';
import type { FaultInjector } from '../faults.ts';
import type { Registry } from '../resources/registry.ts';
import { discover } from './discovery.ts';
import { OpenApi } from './openapi.ts';
import { readBody, type ApiRequest } from './request.ts';
import type { RequestGate } from './request-gate.ts';
import type { ResourceRoutes } from './resource-routes.ts';
import {
  json,
  pageNotFound,
  text,
  tooManyRequests,
  writeAnswer,
  type Answer,
  type Reply,
} from './response.ts';
import { answerReview } from './reviews.ts';
import { parseResourcePath } from './routes.ts';
import { StatusError } from './status.ts';

/** What answers requests. */
export interface ApiOptions {
  readonly tokens: Tokens;
  readonly authorizer: Authorizer;
  /** Whether there are users besides the administrator, whom others may act as. */
  readonly hasUsers: boolean;
  /** Names under which clients may address the server. */
  readonly hostNames: ReadonlySet<string>;
  readonly registry: Registry;
  readonly routes: ResourceRoutes;
  readonly faults: FaultInjector;
  readonly gate: RequestGate;
  readonly clock: Clock;
}

const PUBLIC_PATHS = ['/healthz', '/livez', '/readyz', '/version'];

const VERSION = {
  major: '1',
  minor: '36',
  emulationMajor: '1',
  emulationMinor: '36',
  minCompatibilityMajor: '1',
  minCompatibilityMinor: '35',
  gitVersion: 'v1.36.2',
  gitCommit: '',
  gitTreeState: 'clean',
  buildDate: '1970-01-01T00:00:00Z',
  goVersion: '',
  compiler: '',
  platform: `${process.platform}/${process.arch}`,
} as const;

/** Answers one HTTP request after another: who asks, which route, what to write. */
export class Api {
  readonly #options: ApiOptions;
  readonly #openApi: OpenApi;

  constructor(options: ApiOptions) {
    this.#options = options;
    this.#openApi = new OpenApi(options.registry);
  }

  /** Handles one request to its end; never rejects. */
  async handle(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const gone = new AbortController();
    response.once('close', () => {
      if (!response.writableFinished) gone.abort();
    });
    const options = {
      isPretty: message.url?.includes('pretty=true') ?? false,
      isHead: message.method === 'HEAD',
    };
    try {
      const reply = await this.#reply(message, gone.signal);
      if (typeof reply === 'function') await reply(response);
      else if (!response.destroyed) writeAnswer(response, reply, options);
    } catch (error) {
      if (response.headersSent || response.destroyed) response.destroy();
      else writeAnswer(response, errorAnswer(error), options);
    }
    // A body that nobody read would keep the connection from being used again.
    message.resume();
  }

  async #reply(message: IncomingMessage, signal: AbortSignal): Promise<Reply> {
    const { faults, gate } = this.#options;
    const method = message.method ?? 'GET';
    const url = message.url ?? '/';
    const [path = '/', query = ''] = url.split('?', 2);
    this.#refuseStrangers(message);
    const caller = this.#authenticate(message, path);
    const record = faults.record({ method, path: url, user: caller.name });
    const warnings = new Set<string>();
    const answer = async (): Promise<Reply> => {
      await faults.pass(method, url, signal);
      const address = {
        method,
        path: path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path,
        query: new URLSearchParams(query),
      };
      const plain = plainAnswer(address.path);
      if (plain) return plain;
      const route = (): Promise<Reply> =>
        this.#route(this.#request(message, address, { caller, signal, warnings }));
      const reply = (await gate.pass(method, route)) ?? tooManyRequests();
      await faults.keep('answer', { method, path: url }, signal);
      return reply;
    };
    const reply = await answer().catch(errorAnswer);
    record.status = typeof reply === 'function' ? 200 : reply.status;
    return typeof reply === 'function' ? reply : withWarnings(reply, warnings);
  }

  #request(
    message: IncomingMessage,
    address: Pick<ApiRequest, 'method' | 'path' | 'query'>,
    {
      caller,
      signal,
      warnings,
    }: { readonly caller: User; readonly signal: AbortSignal; readonly warnings: Set<string> },
  ): ApiRequest {
    const { authorizer, hasUsers } = this.#options;
    const user = hasUsers ? impersonated(message, caller, authorizer) : caller;
    return {
      ...address,
      headers: message.headers,
      readBody: () => readBody(message),
      user,
      authorize: (attributes) => authorizer.require(user, attributes),
      warn: (text) => warnings.add(text),
      signal,
    };
  }

  async #route(request: ApiRequest): Promise<Reply> {
    const { registry, routes } = this.#options;
    const path = parseResourcePath(request.path);
    request.authorize(attributesOf(request, path));
    const resource = path && registry.find(path.group, path.version, path.plural);
    if (path && resource) return routes.handle(request, path, resource);
    return (
      (await answerReview(request, this.#options)) ??
      discover(registry, request) ??
      this.#openApi.answer(request) ??
      rootAnswer(request, registry) ??
      pageNotFound()
    );
  }

  #refuseStrangers({ headers }: IncomingMessage): void {
    const hostName = (headers.host ?? '').replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
    if (!this.#options.hostNames.has(hostName))
      throw refused(`host ${JSON.stringify(headers.host ?? '')} is not this server`);
    if (headers.origin !== undefined) throw refused('requests from browsers are not answered');
  }

  #authenticate({ headers }: IncomingMessage, path: string): User {
    if (PUBLIC_PATHS.includes(path)) return ANONYMOUS;
    const [scheme, token = ''] = (headers.authorization ?? '').split(' ', 2);
    const user = scheme?.toLowerCase() === 'bearer' ? this.#options.tokens.userOf(token) : undefined;
    if (!user) throw new StatusError(401, 'Unauthorized', 'Unauthorized');
    return user;
  }
}

// What there is to ask for.
function rootAnswer({ path }: ApiRequest, registry: Registry): Answer | undefined {
  if (path !== '/') return undefined;
  const groups = registry.groups().flatMap(({ name, versions }) => {
    const root = name === '' ? '/api' : `/apis/${name}`;
    return [root, ...versions.map((version) => `${root}/${version}`)];
  });
  return json({ paths: [...PUBLIC_PATHS, ...groups, '/apis', '/openapi/v2', '/openapi/v3'].toSorted() });
}

function plainAnswer(path: string): Answer | undefined {
  switch (path) {
    case '/healthz':
    case '/livez':
    case '/readyz':
      return text('ok');
    case '/version':
      return json(VERSION);
    default:
      return undefined;
  }
}

function withWarnings(answer: Answer, warnings: ReadonlySet<string>): Answer {
  if (warnings.size === 0) return answer;
  const texts = [...warnings].map((text) => `299 - ${JSON.stringify(text).replace(/[^\x20-\x7e]/g, '?')}`);
  return { ...answer, headers: { ...answer.headers, Warning: texts } };
}

function refused(why: string): StatusError {
  return new StatusError(403, 'Forbidden', `forbidden: ${why}`, {});
}

function errorAnswer(error: unknown): Answer {
  const status =
    error instanceof StatusError
      ? error
      : new StatusError(
          500,
          'InternalError',
          `Internal error occurred: ${error instanceof Error ? error.message : String(error)}`,
        );
  const retryAfterS = status.details?.retryAfterSeconds;
  return {
    ...json(status.toStatus(), status.code),
    ...(retryAfterS !== undefined && { headers: { 'Retry-After': String(retryAfterS) } }),
  };
}
