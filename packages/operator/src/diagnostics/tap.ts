import type { Writable } from 'node:stream';
import {
  type Clock,
  type PortAddress,
  type SecretMask,
  type TapGap,
  type TappedMessage,
  TokenBucket,
  excerptOf,
  formatAddress,
} from '@tinysystems/core';
import type { Handled } from '@tinysystems/engine';

/** How many bytes may wait for the reader of a tap, and how many messages it shows in a second. */
export const MAX_TAP_BYTES = 1024 * 1024;
export const TAP_MESSAGES_PER_SECOND = 1000;

/** Which messages a tap shows: to a node, or to one of its in ports, or from one of its out ports. */
export interface TapFilter {
  readonly node: string;
  readonly port: string | undefined;
}

/** What a tap works with. */
export interface TapOptions {
  readonly clock: Pick<Clock, 'now'>;
  /** Hides the secrets that this process holds, where a message has them under another name. */
  readonly mask: SecretMask;
}

/**
 * Writes the messages of one node to a reader, a line of JSON each. It waits for nobody: what a slow reader, or a second,
 * has no room for is counted, and the count is written when there is room again.
 */
export class Tap {
  readonly #filter: TapFilter;
  readonly #reader: Writable;
  readonly #pace: TokenBucket;
  readonly #mask: SecretMask;
  #untold = 0;
  #dropped = 0;

  constructor(filter: TapFilter, reader: Writable, { clock, mask }: TapOptions) {
    this.#filter = filter;
    this.#reader = reader;
    this.#mask = mask;
    this.#pace = new TokenBucket({
      perSecond: TAP_MESSAGES_PER_SECOND,
      burst: TAP_MESSAGES_PER_SECOND,
      clock,
    });
    reader.on('drain', () => this.#tell());
  }

  /** How many messages it did not show. */
  get dropped(): number {
    return this.#dropped;
  }

  readonly take = (handled: Handled): void => {
    const { to, from } = handled.message;
    if (!this.#shows(to) && !(this.#filter.port !== undefined && from !== undefined && this.#shows(from)))
      return;
    if (this.#reader.writableLength >= MAX_TAP_BYTES || !this.#pace.take()) {
      this.#untold += 1;
      this.#dropped += 1;
      return;
    }
    this.#tell();
    this.#write(tapped(handled, this.#mask));
  };

  #shows({ node, port }: PortAddress): boolean {
    return node === this.#filter.node && (this.#filter.port === undefined || port === this.#filter.port);
  }

  #tell(): void {
    if (this.#untold === 0) return;
    this.#write({ dropped: this.#untold });
    this.#untold = 0;
  }

  #write(line: TappedMessage | TapGap): void {
    this.#reader.write(`${JSON.stringify(line)}\n`);
  }
}

function tapped(
  { message, trace, data = null, schema, reply, failure, startedMs, durationMs }: Handled,
  mask: SecretMask,
): TappedMessage {
  return {
    atMs: performance.timeOrigin + startedMs,
    durationMs,
    to: formatAddress(message.to),
    from: message.from && formatAddress(message.from),
    edge: message.edgeId,
    traceId: trace.traceId,
    data: mask.text(excerptOf(data, schema)),
    reply: reply === undefined ? undefined : mask.text(excerptOf(reply, schema)),
    error: failure && { kind: failure.kind, code: failure.code, message: failure.message },
  };
}
