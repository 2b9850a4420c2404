import type { TinyError } from '@tinysystems/core';

/** The signal that one handler sees: it ends with its chain, and with its node. */
export interface MessageSignal {
  readonly signal: AbortSignal;
  /** Takes the signal off chain and node again: the handler has ended. */
  close(): void;
}

/**
 * The signals of a node's messages in work, of those only whose handler asked for one.
 * Not `AbortSignal.any`: it keeps something on the long-lived side for each message.
 */
export class MessageSignals {
  /** Made with the first of them: most nodes have none. */
  #open: Set<AbortController> | undefined;

  open(chain: AbortSignal): MessageSignal {
    const controller = new AbortController();
    const onAbort = () => controller.abort(chain.reason);
    if (chain.aborted) onAbort();
    else chain.addEventListener('abort', onAbort, { once: true });
    const open = (this.#open ??= new Set());
    open.add(controller);
    return {
      signal: controller.signal,
      close: () => {
        chain.removeEventListener('abort', onAbort);
        open.delete(controller);
      },
    };
  }

  /** The node ends: so do the handlers that listen. */
  abort(reason: TinyError): void {
    for (const controller of this.#open ?? []) controller.abort(reason);
  }
}
