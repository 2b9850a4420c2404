import type { ServerResponse } from 'node:http';

import type { Clock, Timer } from '../clock.ts';
import type { Connections } from '../http/connections.ts';
import type { ViewOptions } from '../http/views.ts';
import { expired } from '../http/status.ts';
import { apiVersionOf } from '../resources/definition.ts';
import type { Selector } from '../resources/selectors.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { StoreEvent } from '../storage/revision-log.ts';
import { type EventEncoder, seenBy, type SeenEvent } from './event-view.ts';

/** What a watch request asks for. */
export interface WatchOptions {
  readonly view: ViewOptions;
  readonly selector: Selector;
  /** Changes after this revision; `undefined` begins with the objects that are there. */
  readonly fromRevision: number | undefined;
  /** Whether BOOKMARK events may be sent. */
  readonly hasBookmarks: boolean;
  /** Whether a bookmark marks the end of the initial objects. */
  readonly marksInitialEnd: boolean;
  readonly timeoutMs: number;
}

interface WatcherOptions extends WatchOptions {
  readonly store: ObjectStore;
  readonly clock: Clock;
  readonly response: ServerResponse;
  readonly connections: Connections;
  readonly encoder: EventEncoder;
}

const BOOKMARK_INTERVAL_MS = 60_000;

/** A client that reads slower than this much behind is cut off; it can resume from its last event. */
const MAX_BUFFERED_BYTES = 16 * 1024 * 1024;

/** One open watch. */
export class Watcher {
  readonly #options: WatcherOptions;
  readonly #timers: Timer[] = [];
  #bookmarkTimer: Timer | undefined;
  readonly ended: Promise<void>;
  #lastRevision = 0;
  #isPaused = false;
  #hasBegun = false;
  #isFirst = true;
  #bookmarkedRevision = 0;

  constructor(options: WatcherOptions) {
    this.#options = options;
    const { response } = options;
    this.ended = new Promise((resolve) => {
      response.once('close', () => {
        for (const timer of this.#timers) timer.clear();
        this.#bookmarkTimer?.clear();
        resolve();
      });
    });
    response.on('error', () => response.destroy());
  }

  /** Sends the headers at once, then what the request wants to begin with. */
  start(): void {
    const { response, clock, timeoutMs, hasBookmarks } = this.#options;
    response.writeHead(200, { 'Content-Type': 'application/json', 'Cache-Control': 'no-cache, private' });
    response.flushHeaders();
    this.#timers.push(clock.setTimeout(() => this.end(), timeoutMs));
    if (hasBookmarks) this.#scheduleBookmark();
    if (!this.#isPaused) this.#begin();
  }

  /** Sends one change, unless it was sent before or is not for this watch. */
  deliver(event: StoreEvent): void {
    if (this.#isPaused || event.revision <= this.#lastRevision) return;
    this.#lastRevision = event.revision;
    const seen = seenBy(this.#options.selector, event);
    if (seen) this.#send(seen);
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    if (this.#hasBegun) this.#catchUp();
    else this.#begin();
  }

  /** Ends the stream in the regular way. */
  end(): void {
    const isNews = this.#bookmarkedRevision < this.#options.store.revision;
    if (this.#options.hasBookmarks && !this.#isPaused && isNews) this.#sendBookmark();
    this.#options.response.end();
    // A client that does not read must not keep the server from stopping.
    this.#timers.push(this.#options.clock.setTimeout(() => this.#options.response.destroy(), 1_000));
  }

  /** Cuts the connection as a crash would. */
  reset(): void {
    const { response, connections } = this.#options;
    if (response.socket) connections.reset(response.socket);
  }

  #begin(): void {
    this.#hasBegun = true;
    if (this.#options.fromRevision === undefined) this.#sendInitial();
    else this.#lastRevision = this.#options.fromRevision;
    this.#catchUp();
  }

  #sendInitial(): void {
    const { store, selector, view, marksInitialEnd, response } = this.#options;
    const objects = [...(store.list(view.resource.definition.storedAs) ?? [])];
    response.cork();
    for (const [, object] of objects.toSorted(([a], [b]) => (a < b ? -1 : 1))) {
      if (selector(object)) this.#send({ type: 'ADDED', object });
    }
    response.uncork();
    this.#lastRevision = store.revision;
    if (marksInitialEnd) this.#sendBookmark({ 'k8s.io/initial-events-end': 'true' });
  }

  #catchUp(): void {
    const { store, view, response } = this.#options;
    if (this.#isPaused) return;
    const events = store.log.since(this.#lastRevision);
    if (!events) {
      this.#sendExpired();
      return;
    }
    response.cork();
    for (const event of events) {
      if (event.resource === view.resource.definition.storedAs) this.deliver(event);
    }
    response.uncork();
  }

  #send(seen: SeenEvent): void {
    this.#write(this.#options.encoder.encode(seen, this.#options.view, this.#isFirst));
    this.#isFirst = false;
  }

  #sendExpired(): void {
    const { store, response } = this.#options;
    const error = expired(`too old resource version: ${this.#lastRevision} (${store.log.compactedRevision})`);
    this.#write(`${JSON.stringify({ type: 'ERROR', object: error.toStatus() })}\n`);
    response.end();
  }

  #scheduleBookmark(): void {
    this.#bookmarkTimer = this.#options.clock.setTimeout(() => {
      if (!this.#isPaused) this.#sendBookmark();
      this.#scheduleBookmark();
    }, BOOKMARK_INTERVAL_MS);
  }

  #sendBookmark(annotations?: Readonly<Record<string, string>>): void {
    const { view, store } = this.#options;
    // Everything up to the published revision has been looked at, so a client may resume from there.
    this.#lastRevision = Math.max(this.#lastRevision, store.revision);
    this.#bookmarkedRevision = this.#lastRevision;
    const object = {
      kind: view.resource.definition.kind,
      apiVersion: apiVersionOf(view.resource),
      metadata: { resourceVersion: String(this.#lastRevision), ...(annotations && { annotations }) },
    };
    this.#write(`${JSON.stringify({ type: 'BOOKMARK', object })}\n`);
  }

  #write(line: Buffer | string): void {
    const { response } = this.#options;
    if (response.writableEnded || response.destroyed) return;
    if (response.writableLength > MAX_BUFFERED_BYTES) response.destroy();
    else response.write(line);
  }
}
