import type { MessagePort, Worker } from 'node:worker_threads';

/** What one side of a {@link Channel} lets the other call. */
export type Methods = Readonly<Record<string, (argument: never, signal: AbortSignal) => unknown>>;

/** One end of a pipe between two threads. */
export type Pipe = Pick<MessagePort, 'postMessage' | 'on'> | Pick<Worker, 'postMessage' | 'on'>;

type ArgumentOf<Method extends Methods[string]> = Parameters<Method>[0];
type ResultOf<Method extends Methods[string]> = Awaited<ReturnType<Method>>;

type Frame =
  | { readonly type: 'call'; readonly id: number; readonly method: string; readonly argument: unknown }
  | { readonly type: 'tell'; readonly method: string; readonly argument: unknown }
  | { readonly type: 'abort'; readonly id: number }
  | { readonly type: 'answer'; readonly id: number; readonly result: unknown }
  | { readonly type: 'failure'; readonly id: number; readonly error: unknown };

const NEVER = new AbortController().signal;

/** Calls between two threads, in both directions: `Own` from the other side, `Theirs` from this one. */
export class Channel<Own extends Methods, Theirs extends Methods> {
  readonly #pipe: Pipe;
  readonly #own: Own;
  readonly #calls = new Map<number, PromiseWithResolvers<unknown>>();
  /** Calls of the other side that have not ended. */
  readonly #serving = new Map<number, AbortController>();
  #lastId = 0;
  #end: Error | undefined;

  constructor(pipe: Pipe, own: Own) {
    this.#pipe = pipe;
    this.#own = own;
    pipe.on('message', (frame: Frame) => this.#take(frame));
  }

  /**
   * Calls a method of the other side. When `signal` aborts the other side is asked to come to an end; the call lasts
   * until it has.
   */
  async call<Name extends keyof Theirs & string>(
    method: Name,
    argument: ArgumentOf<Theirs[Name]>,
    signal?: AbortSignal,
  ): Promise<ResultOf<Theirs[Name]>> {
    if (this.#end !== undefined) throw this.#end;
    this.#lastId += 1;
    const id = this.#lastId;
    const call = Promise.withResolvers<unknown>();
    const abort = (): void => this.#post({ type: 'abort', id });
    this.#calls.set(id, call);
    try {
      this.#post({ type: 'call', id, method, argument });
      if (signal?.aborted) abort();
      signal?.addEventListener('abort', abort, { once: true });
      return (await call.promise) as ResultOf<Theirs[Name]>;
    } finally {
      signal?.removeEventListener('abort', abort);
      this.#calls.delete(id);
    }
  }

  /** Calls a method of the other side and does not wait for its end. */
  tell<Name extends keyof Theirs & string>(method: Name, argument: ArgumentOf<Theirs[Name]>): void {
    if (this.#end === undefined) this.#post({ type: 'tell', method, argument });
  }

  /** The other side is gone: all calls fail, now and later. */
  close(reason: Error): void {
    this.#end ??= reason;
    for (const { reject } of this.#calls.values()) reject(this.#end);
    for (const serving of this.#serving.values()) serving.abort(this.#end);
  }

  #post(frame: Frame): void {
    this.#pipe.postMessage(frame);
  }

  #take(frame: Frame): void {
    if (frame.type === 'call') void this.#serve(frame.id, frame.method, frame.argument);
    else if (frame.type === 'tell') void this.#run(frame.method, frame.argument, NEVER);
    else if (frame.type === 'abort')
      this.#serving.get(frame.id)?.abort(new Error('the caller wants it to end'));
    else if (frame.type === 'answer') this.#calls.get(frame.id)?.resolve(frame.result);
    else this.#calls.get(frame.id)?.reject(frame.error);
  }

  async #serve(id: number, method: string, argument: unknown): Promise<void> {
    const serving = new AbortController();
    this.#serving.set(id, serving);
    try {
      const result = await this.#run(method, argument, serving.signal);
      this.#post({ type: 'answer', id, result });
    } catch (error) {
      this.#post({ type: 'failure', id, error });
    } finally {
      this.#serving.delete(id);
    }
  }

  #run(method: string, argument: unknown, signal: AbortSignal): unknown {
    const run = this.#own[method] as ((argument: unknown, signal: AbortSignal) => unknown) | undefined;
    if (run === undefined) throw new TypeError(`the other thread calls ${method}, which is not there`);
    return run(argument, signal);
  }
}
