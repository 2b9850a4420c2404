import type { Clock } from './clock.ts';
import { StatusError } from './http/status.ts';
import type { RevisionLog } from './storage/revision-log.ts';
import type { WatchHub } from './watch/watch-hub.ts';

/** One request that arrived. */
export interface RecordedRequest {
  readonly method: string;
  /** Path and query, the first 1,000 characters. */
  readonly path: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Who sent it, before any impersonation. */
  readonly user: string;
  /** The HTTP code of the answer, once there is one. */
  readonly status: number | undefined;
}

/** Which of the next requests fail, and how. */
export interface FailNextOptions {
  readonly count: number;
  readonly status: 409 | 410 | 429 | 500 | 503;
  readonly retryAfterS?: number;
  readonly method?: string;
  readonly path?: RegExp;
  /** Asked for each request that matches; `false` lets it pass. */
  readonly when?: () => boolean;
}

/** Which requests wait before they are handled. */
export interface DelayOptions {
  readonly ms: number;
  readonly path?: RegExp;
}

/** Which requests are kept from an end, and where on their way. */
export interface HoldOptions {
  /** `arrival`: nothing is done about them. `answer`: they are handled, and nobody hears of it. */
  readonly at: 'arrival' | 'answer';
  readonly method?: string;
  readonly path?: RegExp;
  /** Asked for each request that matches; `false` lets it pass. */
  readonly when?: () => boolean;
}

/** Requests that are held. */
export interface Hold {
  /** Resolves when that many have come. */
  reached(count: number): Promise<void>;
  /** Lets later ones pass. Those that are held are answered with 503, and those held at arrival are never handled. */
  end(): void;
}

/** Makes a server misbehave; for tests, reachable from code only. */
export interface Faults {
  /** Resets the connections of all open watches; returns how many there were. */
  dropWatches(): number;
  /** Forgets the history: watches from an older resourceVersion get 410. */
  compact(): void;
  /** Fails the next `count` matching requests instead of handling them; the returned function ends it earlier. */
  failNext(options: FailNextOptions): () => void;
  /** Holds every matching request, until that is ended or the client has left. */
  hold(options: HoldOptions): Hold;
  /** Delays every matching request; zero milliseconds end it. */
  delay(options: DelayOptions): void;
  /** Keeps watches open and silent. */
  pauseWatches(): void;
  /** Lets watches go on; they first receive what they missed. */
  resumeWatches(): void;
  /** The latest requests, oldest first, at most 10,000. */
  readonly requests: readonly RecordedRequest[];
}

const MAX_RECORDED = 10_000;
const MAX_PATH = 1_000;

const REASONS: Readonly<Record<FailNextOptions['status'], readonly [reason: string, message: string]>> = {
  409: ['Conflict', 'Operation cannot be fulfilled: injected conflict'],
  410: ['Expired', 'The provided continue parameter or resource version is too old'],
  429: ['TooManyRequests', 'too many requests, please try again later'],
  500: ['InternalError', 'Internal error occurred: injected failure'],
  503: ['ServiceUnavailable', 'the server is currently unable to handle the request'],
};

/** A request whose answer is still to come. */
export interface OpenRecord extends RecordedRequest {
  status: number | undefined;
}

/** The faults of one server and what its request pipeline asks about them. */
export class FaultInjector implements Faults {
  readonly #hub: WatchHub;
  readonly #log: RevisionLog;
  readonly #clock: Clock;
  readonly #requests: OpenRecord[] = [];
  #failures: { readonly options: FailNextOptions; left: number }[] = [];
  #delays: DelayOptions[] = [];
  #holds: OpenHold[] = [];

  constructor(options: { readonly hub: WatchHub; readonly log: RevisionLog; readonly clock: Clock }) {
    this.#hub = options.hub;
    this.#log = options.log;
    this.#clock = options.clock;
  }

  get requests(): readonly RecordedRequest[] {
    return this.#requests;
  }

  dropWatches(): number {
    return this.#hub.drop();
  }

  compact(): void {
    this.#log.compact();
  }

  failNext(options: FailNextOptions): () => void {
    const failure = { options, left: options.count };
    this.#failures.push(failure);
    return () => void (this.#failures = this.#failures.filter((other) => other !== failure));
  }

  hold(options: HoldOptions): Hold {
    const hold = new OpenHold(options, () => (this.#holds = this.#holds.filter((other) => other !== hold)));
    this.#holds.push(hold);
    return hold;
  }

  delay(options: DelayOptions): void {
    this.#delays = this.#delays.filter(({ path }) => path?.source !== options.path?.source);
    if (options.ms > 0) this.#delays.push(options);
  }

  pauseWatches(): void {
    this.#hub.pause();
  }

  resumeWatches(): void {
    this.#hub.resume();
  }

  /** Records that a request has come; its status is for the caller to fill in. */
  record(request: Pick<RecordedRequest, 'method' | 'path' | 'user'>): OpenRecord {
    const path = request.path.slice(0, MAX_PATH);
    const record = { ...request, path, at: this.#clock.now(), status: undefined };
    this.#requests.push(record);
    if (this.#requests.length > MAX_RECORDED) this.#requests.splice(0, MAX_RECORDED / 10);
    return record;
  }

  /** Holds, delays or fails a request as asked. */
  async pass(method: string, path: string, signal: AbortSignal): Promise<void> {
    await this.keep('arrival', { method, path }, signal);
    const delayMs = Math.max(
      0,
      ...this.#delays.filter((delay) => delay.path?.test(path) ?? true).map(({ ms }) => ms),
    );
    if (delayMs > 0) await this.#sleep(delayMs, signal);
    const failure = this.#failures.find(({ options }) => isMeant(options, { method, path }));
    if (!failure) return;
    failure.left -= 1;
    this.#failures = this.#failures.filter(({ left }) => left > 0);
    throw injectedError(failure.options);
  }

  /** Holds a request that was to be held there. @throws StatusError when the hold ends. */
  async keep(
    at: HoldOptions['at'],
    request: Pick<RecordedRequest, 'method' | 'path'>,
    signal: AbortSignal,
  ): Promise<void> {
    await this.#holds.find(({ options }) => options.at === at && isMeant(options, request))?.keep(signal);
  }

  #sleep(delayMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#clock.setTimeout(resolve, delayMs);
      signal.addEventListener('abort', () => (timer.clear(), resolve()), { once: true });
    });
  }
}

/** Requests that are held, with what ends each. */
class OpenHold implements Hold {
  readonly options: HoldOptions;
  readonly #ended = new AbortController();
  readonly #forget: () => void;
  readonly #waiting: { readonly count: number; readonly wake: () => void }[] = [];
  #count = 0;

  constructor(options: HoldOptions, forget: () => void) {
    this.options = options;
    this.#forget = forget;
  }

  async reached(count: number): Promise<void> {
    if (this.#count < count) await new Promise<void>((wake) => this.#waiting.push({ count, wake }));
  }

  end(): void {
    this.#forget();
    this.#ended.abort();
  }

  /** Never resolves. */
  keep(signal: AbortSignal): Promise<never> {
    this.#count += 1;
    for (const { count, wake } of this.#waiting) if (count <= this.#count) wake();
    return new Promise((_resolve, reject) => {
      const fail = (): void => reject(injectedError({ status: 503 }));
      const either = AbortSignal.any([signal, this.#ended.signal]);
      either.addEventListener('abort', fail, { once: true });
      if (either.aborted) fail();
    });
  }
}

function isMeant(
  { method, path, when }: Pick<HoldOptions, 'method' | 'path' | 'when'>,
  request: Pick<RecordedRequest, 'method' | 'path'>,
): boolean {
  const isMatch = (method ?? request.method) === request.method && (path?.test(request.path) ?? true);
  return isMatch && (when?.() ?? true);
}

function injectedError({
  status,
  retryAfterS,
}: Pick<FailNextOptions, 'status' | 'retryAfterS'>): StatusError {
  const [reason, message] = REASONS[status];
  return new StatusError(
    status,
    reason,
    message,
    retryAfterS === undefined ? {} : { retryAfterSeconds: retryAfterS },
  );
}
