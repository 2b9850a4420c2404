import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { type ErrorCode, type ErrorKind, TinyError } from '@tinysystems/core';
import type { Note } from './components.ts';
import type { Order } from './module-process.ts';

interface Told {
  readonly address?: string;
  readonly note?: Note;
  readonly id?: number;
  readonly value?: unknown;
  readonly failure?: { readonly kind: ErrorKind; readonly code: ErrorCode; readonly message: string };
}

/** A module of the delivery suite in a process of its own. */
export class ModuleProcess implements AsyncDisposable {
  readonly name: string;
  readonly address: string;
  readonly #child: ChildProcess;
  readonly #note: (note: Note) => void;
  readonly #asked = new Map<number, PromiseWithResolvers<unknown>>();
  #lastId = 0;

  private constructor(
    child: ChildProcess,
    options: { name: string; address: string; note: (note: Note) => void },
  ) {
    this.#child = child;
    this.name = options.name;
    this.address = options.address;
    this.#note = options.note;
    child.on('message', (told: Told) => this.#take(told));
  }

  static async start(
    name: string,
    { takesStreams, note }: { readonly takesStreams: boolean; readonly note: (note: Note) => void },
  ): Promise<ModuleProcess> {
    const child = fork(new URL('module-process.ts', import.meta.url), [name, String(takesStreams)], {
      execArgv: ['--conditions=@tinysystems/source'],
      serialization: 'advanced',
    });
    const [{ address = '' }] = (await once(child, 'message')) as [Told];
    return new ModuleProcess(child, { name, address, note });
  }

  /** Has an order carried out. @returns what came of it. */
  async ask(order: Order): Promise<unknown> {
    this.#lastId += 1;
    const asked = Promise.withResolvers<unknown>();
    this.#asked.set(this.#lastId, asked);
    this.#child.send({ id: this.#lastId, order });
    return asked.promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#child, 'exit');
    this.#child.disconnect();
    await ended;
  }

  #take({ id, note, value, failure }: Told): void {
    if (note !== undefined) return this.#note(note);
    const asked = this.#asked.get(id ?? 0);
    this.#asked.delete(id ?? 0);
    if (failure === undefined) asked?.resolve(value);
    else asked?.reject(new TinyError(failure.kind, failure.code, failure.message));
  }
}
