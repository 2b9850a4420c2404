import { AsyncLocalStorage } from 'node:async_hooks';

/** Follows what a node begins through timers and promises. A hop between nodes does not touch it: that would cost each message. */
const origins = new AsyncLocalStorage<string>();

/** Runs something that `node` begins: its background work, or a chain that enters the process there. */
export function beganBy<T>(node: string, run: () => T): T {
  return origins.run(node, run);
}

/** The node that began what runs now, as far as is known; also asked when an error was caught by nobody. */
export function whoBegan(): string | undefined {
  return origins.getStore();
}
