import { EventEmitter } from 'node:events';
import { type Frame, emptyFrame } from '../src/frame.ts';

/** One end of a stream, in the hand of a test. */
export class FakeStream extends EventEmitter {
  /** What was written, oldest first. */
  readonly written: Frame[] = [];
  /** What `write` answers; `false`: the stream is full. */
  hasRoom = true;
  isEnded = false;
  isCancelled = false;

  write(frame: Frame): boolean {
    this.written.push(frame);
    return this.hasRoom;
  }

  end(): void {
    this.isEnded = true;
  }

  cancel(): void {
    this.isCancelled = true;
  }

  /** Sends a frame to the side under test. */
  send(frame: Partial<Frame>): void {
    this.emit('data', frameOf(frame));
  }

  drain(): void {
    this.hasRoom = true;
    this.emit('drain');
  }

  /** All entries of one sort that were written. */
  all<K extends 'calls' | 'replies' | 'failures' | 'cancels'>(sort: K): Frame[K][number][] {
    return this.written.flatMap((frame) => frame[sort] as Frame[K][number][]);
  }
}

export function frameOf(frame: Partial<Frame>): Frame {
  return { ...emptyFrame(), ...frame };
}

/** The end of a turn of the event loop, when frames are written. */
export const turn = () => new Promise((resolve) => setImmediate(resolve));
