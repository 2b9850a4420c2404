import { type Deliver, type Message, TinyError, sanitiseName } from '@tinysystems/core';
import type { Tracer } from './tracer.ts';

/** Which module owns a node; the operator fills it from its cache of TinyNodes. */
export interface NodeDirectory {
  /** The sanitised name of the module; `undefined`: no such TinyNode is known yet. */
  moduleOf(node: string): string | undefined;
  /** Waits until the node is known. */
  whenKnown(node: string, timeoutMs: number, signal: AbortSignal): Promise<string | undefined>;
}

/** What the router chooses between. */
export interface RouterOptions {
  readonly moduleName: string;
  readonly directory: NodeDirectory;
  readonly tracer: Tracer;
  /** Delivers to a node of this module. */
  readonly local: Deliver;
  /** Delivers to a node of another module. */
  readonly remote: (module: string, message: Message, signal: AbortSignal) => ReturnType<Deliver>;
}

/** How long a target that no cache knows yet is waited for. */
export const UNKNOWN_NODE_WAIT_MS = 2000;

/**
 * Decides by the target's module, not by what happens to run here: own module → this process, else over the wire.
 *
 * @returns a {@link Deliver} that throws `Permanent`/`NODE_UNKNOWN` when no such TinyNode appears within 2 s.
 */
export function createRouter({ moduleName, directory, tracer, local, remote }: RouterOptions): Deliver {
  const own = sanitiseName(moduleName);
  const forward = (module: string, message: Message, signal: AbortSignal) =>
    module === own ? local(message, signal) : remote(module, message, signal);
  return (message, signal) => {
    const module = directory.moduleOf(message.to.node);
    if (module !== undefined) return forward(module, message, signal);
    const known = directory.whenKnown(message.to.node, UNKNOWN_NODE_WAIT_MS, signal);
    return tracer.waiting('node known', message, known).then((found) => {
      if (found !== undefined) return forward(found, message, signal);
      throw new TinyError(
        'Permanent',
        'NODE_UNKNOWN',
        `there is no TinyNode ${message.to.node}` +
          (message.from === undefined ? '' : `, where edge ${message.edgeId} of ${message.from.node} leads`),
      );
    });
  };
}
