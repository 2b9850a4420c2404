import type { Failure } from '@tinysystems/proto';
import { type Call, type Frame, type Reply, emptyFrame } from './frame.ts';

/** The most entries of a frame. */
export const MAX_FRAME_ENTRIES = 64;
/** A frame takes no more entries when it has so many bytes; the last one may be a largest message. */
const FULL_FRAME_BYTES = 256 * 1024;

/** The writing side of a stream of frames. */
export interface FrameSink {
  /** `false`: no more until `drain`. */
  write(frame: Frame): boolean;
  on(event: 'drain', listener: () => void): unknown;
  end(): unknown;
}

/**
 * Gathers what one turn of the event loop has to say into frames, and writes them as fast as the stream takes them.
 * Entries wait here while the stream is full; who may have many looks at {@link isBlocked} and {@link bytes} first.
 */
export class Outbox {
  readonly #sink: FrameSink;
  readonly #onRoom: () => void;
  readonly #full: { readonly frame: Frame; readonly bytes: number }[] = [];
  #frame = emptyFrame();
  #entries = 0;
  #frameBytes = 0;
  #bytes = 0;
  #isBlocked = false;
  #isScheduled = false;
  #isEnding = false;
  #isClosed = false;

  /** @param onRoom - called before a frame is written at the end of a turn, or when a full stream has room again. */
  constructor(sink: FrameSink, onRoom: () => void = () => undefined) {
    this.#sink = sink;
    this.#onRoom = onRoom;
    sink.on('drain', () => {
      this.#isBlocked = false;
      this.#flush();
    });
  }

  /** Whether the stream is full. */
  get isBlocked(): boolean {
    return this.#isBlocked;
  }

  /** What waits to be written. */
  get bytes(): number {
    return this.#bytes;
  }

  call(call: Call, bytes: number): void {
    this.#frame.calls.push(call);
    this.#added(bytes);
  }

  reply(reply: Reply): void {
    this.#frame.replies.push(reply);
    this.#added(reply.data.bytes);
  }

  failure(failure: Failure, bytes: number): void {
    this.#frame.failures.push(failure);
    this.#added(bytes);
  }

  cancel(id: number): void {
    this.#frame.cancels.push(id);
    this.#added(0);
  }

  credit(bytes: number): void {
    this.#frame.credit += bytes;
    this.schedule();
  }

  ping(number: number): void {
    this.#frame.ping = number;
    this.schedule();
  }

  pong(number: number): void {
    this.#frame.pong = number;
    this.schedule();
  }

  stopping(): void {
    this.#frame.stopping = true;
    this.schedule();
  }

  /** Writes at the end of this turn of the event loop. */
  schedule(): void {
    if (this.#isScheduled || this.#isClosed) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#flush();
    });
  }

  /** Ends the stream when all is written. */
  end(): void {
    this.#isEnding = true;
    this.schedule();
  }

  /** The stream is gone: nothing is written any more. */
  close(): void {
    this.#isClosed = true;
    this.#full.length = 0;
    this.#bytes = 0;
  }

  #added(bytes: number): void {
    this.#entries += 1;
    this.#frameBytes += bytes;
    this.#bytes += bytes;
    if (this.#entries < MAX_FRAME_ENTRIES && this.#frameBytes < FULL_FRAME_BYTES) return this.schedule();
    this.#seal();
    this.#write();
  }

  #flush(): void {
    if (this.#isClosed) return;
    this.#isScheduled = true; // what is added now needs no turn of its own
    this.#onRoom();
    // While the stream is full, the frame goes on gathering.
    if (!this.#isBlocked && !isEmpty(this.#frame)) this.#seal();
    this.#write();
    this.#isScheduled = false;
    if (this.#isEnding && this.#full.length === 0 && isEmpty(this.#frame)) {
      this.close();
      this.#sink.end();
    }
  }

  #seal(): void {
    this.#full.push({ frame: this.#frame, bytes: this.#frameBytes });
    this.#frame = emptyFrame();
    this.#entries = 0;
    this.#frameBytes = 0;
  }

  #write(): void {
    while (!this.#isBlocked && !this.#isClosed) {
      const next = this.#full.shift();
      if (next === undefined) break;
      this.#bytes -= next.bytes;
      this.#isBlocked = !this.#sink.write(next.frame);
    }
  }
}

function isEmpty({ calls, replies, failures, cancels, credit, ping, pong, stopping }: Frame): boolean {
  const entries = calls.length + replies.length + failures.length + cancels.length;
  return entries + credit + ping + pong === 0 && !stopping;
}
