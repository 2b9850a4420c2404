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

/** Makes a server misbehave; for tests, reachable from code only. */
export interface Faults {
  /** Resets the connections of all open watches; returns how many there were. */
  dropWatches(): number;
  /** Forgets the history: watches from an older resourceVersion get 410. */
  compact(): void;
  /** Fails the next `count` matching requests instead of handling them; the returned function ends it earlier. */
  failNext(options: FailNextOptions): () => void;
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

  /** Delays or fails a request as asked. */
  async pass(method: string, path: string, signal: AbortSignal): Promise<void> {
    const delayMs = Math.max(
      0,
      ...this.#delays.filter((delay) => delay.path?.test(path) ?? true).map(({ ms }) => ms),
    );
    if (delayMs > 0) await this.#sleep(delayMs, signal);
    const failure = this.#failures.find(({ options }) => {
      const isMatch = (options.method ?? method) === method && (options.path?.test(path) ?? true);
      return isMatch && (options.when?.() ?? true);
    });
    if (!failure) return;
    failure.left -= 1;
    this.#failures = this.#failures.filter(({ left }) => left > 0);
    throw injectedError(failure.options);
  }

  #sleep(delayMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#clock.setTimeout(resolve, delayMs);
      signal.addEventListener('abort', () => (timer.clear(), resolve()), { once: true });
    });
  }
}

function injectedError({ status, retryAfterS }: FailNextOptions): StatusError {
  const [reason, message] = REASONS[status];
  return new StatusError(
    status,
    reason,
    message,
    retryAfterS === undefined ? {} : { retryAfterSeconds: retryAfterS },
  );
}
