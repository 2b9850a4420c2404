import type { IncomingHttpHeaders } from 'node:http';

/** The events of one watch, in order. */
export class Watch implements Disposable {
  readonly headers: IncomingHttpHeaders;
  readonly status: number;
  readonly events: any[] = [];
  /** The same as they were sent. */
  readonly lines: string[] = [];
  isEnded = false;
  readonly #close: () => void;
  #wake = (): void => {};

  constructor(
    incoming: AsyncIterable<Buffer> & { headers: IncomingHttpHeaders },
    status: number,
    close: () => void,
  ) {
    this.headers = incoming.headers;
    this.status = status;
    this.#close = close;
    void this.#read(incoming);
  }

  /** The first `count` events, once they are there; fails when the watch ends before. */
  async first(count: number): Promise<any[]> {
    while (this.events.length < count && !this.isEnded) await this.#change();
    if (this.events.length < count)
      throw new Error(`The watch ended after ${this.events.length} of ${count} events.`);
    return this.events.slice(0, count);
  }

  /** All events, once the server has ended the watch. */
  async all(): Promise<any[]> {
    while (!this.isEnded) await this.#change();
    return this.events;
  }

  [Symbol.dispose](): void {
    this.#close();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => (this.#wake = resolve));
  }

  async #read(incoming: AsyncIterable<Buffer>): Promise<void> {
    let rest = '';
    try {
      for await (const chunk of incoming) {
        const lines = (rest + chunk.toString('utf8')).split('\n');
        rest = lines.pop() ?? '';
        this.lines.push(...lines);
        this.events.push(...lines.map((line) => JSON.parse(line)));
        this.#wake();
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ECONNRESET') throw error;
    } finally {
      this.isEnded = true;
      this.#wake();
    }
  }
}
