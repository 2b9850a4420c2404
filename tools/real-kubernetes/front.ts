import { readFile } from 'node:fs/promises';
import { createServer, Agent, request, type Server } from 'node:https';
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';

import type { Credentials } from './credentials.ts';

const CRD_GROUP = 'apiextensions.k8s.io';
const CRDS = `/apis/${CRD_GROUP}/v1/customresourcedefinitions`;

/** The servers behind a front. */
export interface FrontOptions {
  readonly port: number;
  readonly credentials: Credentials;
  /** The Authorization header with which the front itself asks. */
  readonly authorization: string;
  /** Serves everything built in. */
  readonly core: string;
  /** Serves definitions and custom resources. */
  readonly custom: string;
}

/** One API out of two servers: passes every request on, and makes one list of groups out of two. */
export class Front implements AsyncDisposable {
  readonly #options: FrontOptions;
  readonly #agent: Agent;
  readonly #server: Server;

  static async start(options: FrontOptions): Promise<Front> {
    const { ca, certificate, key } = options.credentials;
    const [authority, cert, privateKey] = await Promise.all(
      [ca, certificate, key].map((file) => readFile(file)),
    );
    const front = new Front(
      options,
      new Agent({ keepAlive: true, ca: authority }),
      createServer({ cert, key: privateKey }),
    );
    await new Promise<void>((resolve, reject) => {
      front.#server.once('error', reject);
      front.#server.listen(options.port, '127.0.0.1', resolve);
    });
    return front;
  }

  private constructor(options: FrontOptions, agent: Agent, server: Server) {
    this.#options = options;
    this.#agent = agent;
    this.#server = server;
    server.on('request', (incoming: IncomingMessage, response: ServerResponse) => {
      const isGroupList = incoming.method === 'GET' && incoming.url?.split('?')[0] === '/apis';
      if (!isGroupList) return this.#passOn(incoming, response);
      this.#listGroups(incoming, response).catch((error: unknown) => {
        response.writeHead(502).end(String(error));
      });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    this.#agent.destroy();
    await closed;
  }

  #passOn(incoming: IncomingMessage, response: ServerResponse): void {
    const url = incoming.url ?? '/';
    const outgoing = this.#request(this.#serverOf(url) + url, incoming.method ?? 'GET', incoming.headers);
    outgoing.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      response.flushHeaders();
      answer.pipe(response);
      answer.on('error', () => response.destroy());
    });
    outgoing.on('error', () => response.destroy());
    response.on('close', () => outgoing.destroy());
    incoming.pipe(outgoing);
  }

  /** Groups with a dot that are not Kubernetes' own are custom. */
  #serverOf(url: string): string {
    const group = /^\/apis\/([^/?]+)/.exec(url)?.[1] ?? '';
    const isCustom = group === CRD_GROUP || (group.includes('.') && !group.endsWith('.k8s.io'));
    return isCustom || url.startsWith('/openapi/v3') ? this.#options.custom : this.#options.core;
  }

  async #listGroups(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { core, custom, authorization } = this.#options;
    const headers = { ...incoming.headers, accept: 'application/json' };
    const list = await this.#get(`${core}/apis`, headers);
    response.writeHead(list.status, { 'Content-Type': 'application/json' });
    if (list.status !== 200) {
      response.end(list.body);
      return;
    }
    const own = { authorization, accept: 'application/json' };
    const crds = JSON.parse((await this.#get(custom + CRDS, own)).body) as {
      items: readonly { spec: { group: string } }[];
    };
    const names = new Set([CRD_GROUP, ...crds.items.map(({ spec }) => spec.group)]);
    const customGroups = await Promise.all(
      [...names].map((name) => this.#get(`${custom}/apis/${name}`, own)),
    );
    const groups = JSON.parse(list.body) as { groups: readonly { name: string }[] };
    const merged = [
      ...groups.groups.filter(({ name }) => name !== CRD_GROUP),
      ...customGroups.filter(({ status }) => status === 200).map(({ body }) => groupOf(body)),
    ];
    response.end(JSON.stringify({ ...groups, groups: merged }));
  }

  async #get(url: string, headers: OutgoingHttpHeaders): Promise<{ status: number; body: string }> {
    const outgoing = this.#request(url, 'GET', headers);
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      outgoing.on('response', resolve).on('error', reject).end();
    });
    return { status: answer.statusCode ?? 502, body: await text(answer) };
  }

  #request(url: string, method: string, headers: OutgoingHttpHeaders): ReturnType<typeof request> {
    // A compressed list of groups could not be read here.
    const { host: _host, 'accept-encoding': _encoding, ...rest } = headers;
    return request(url, { method, headers: rest, agent: this.#agent });
  }
}

/** An entry of the list: the group without what makes it an object of its own. */
function groupOf(body: string): object {
  const { kind: _kind, apiVersion: _apiVersion, ...group } = JSON.parse(body) as Record<string, unknown>;
  return group;
}
