import type { TinyNode, TinyNodeEdge } from '@tinysystems/api';
import {
  type Clock,
  type Message,
  TinyError,
  formatAddress,
  sanitiseName,
  waitToBeWoken,
} from '@tinysystems/core';
import type { Informer } from '@tinysystems/kubernetes';
import type { Peer, RefusalMeter } from '@tinysystems/transport';

/** How long an edge that the cache does not show yet is waited for, milliseconds. */
export const EDGE_WAIT_MS = 2000;
/** The most messages that wait so: a caller without edges must not fill the memory of those with. */
export const MAX_WAITING = 1024;

/** What a guard works with. */
export interface EdgeGuardOptions {
  readonly nodes: Pick<Informer<TinyNode>, 'onEvent' | 'lister'>;
  readonly namespace: string;
  readonly clock: Clock;
  readonly onRefusal: RefusalMeter;
}

/**
 * Lets a message of another module in only when the sending TinyNode has that edge to this port, and the caller's
 * certificate names the module of that node.
 */
export class EdgeGuard implements Disposable {
  readonly #options: EdgeGuardOptions;
  /** What messages are compared with, by the name of the node that sends; until the node changes. */
  readonly #senders = new Map<string, Sender>();
  readonly #unsubscribe: () => void;
  #waiting = 0;

  constructor(options: EdgeGuardOptions) {
    this.#options = options;
    const forget = (node: TinyNode) => void this.#senders.delete(node.metadata.name ?? '');
    this.#unsubscribe = options.nodes.onEvent({ add: forget, update: forget, delete: forget });
  }

  /** How many messages wait for edges that are not known. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Whether the edge is there now; {@link authorise} waits for it. */
  allows(message: Message, peer: Peer): boolean {
    return this.#refusalOf(message, peer) === undefined;
  }

  /**
   * @throws TinyError `Permanent`/`EDGE_REFUSED` when no such edge appears within 2 s; `Overloaded`/`QUEUE_FULL` when
   *   1024 messages wait for that.
   */
  async authorise(message: Message, peer: Peer, signal: AbortSignal): Promise<void> {
    if (this.#refusalOf(message, peer) === undefined) return;
    await this.#edgeAppears(message, peer, signal);
    const reason = this.#refusalOf(message, peer);
    if (reason === undefined) return;
    const text = this.#textOf(reason, message, peer);
    this.#options.onRefusal('in', reason, text);
    throw new TinyError('Permanent', 'EDGE_REFUSED', text);
  }

  [Symbol.dispose](): void {
    this.#unsubscribe();
  }

  #refusalOf({ from, to, edgeId }: Message, { identity }: Peer): 'edge' | 'module' | undefined {
    const sender = this.#senderOf(from?.node);
    const edge = edgeId === undefined ? undefined : sender?.edges.get(edgeId);
    if (edge === undefined || sender === undefined) return 'edge';
    if (edge.port !== from?.port || edge.to !== to.node || edge.toPort !== to.port) return 'edge';
    return identity === undefined || identity.module === sender.module ? undefined : 'module';
  }

  #senderOf(name: string | undefined): Sender | undefined {
    if (name === undefined) return undefined;
    const known = this.#senders.get(name);
    if (known !== undefined) return known;
    const node = this.#options.nodes.lister.get(this.#options.namespace, name);
    if (node === undefined) return undefined;
    const sender = senderFromNode(node);
    this.#senders.set(name, sender);
    return sender;
  }

  async #edgeAppears(message: Message, peer: Peer, signal: AbortSignal): Promise<void> {
    const { nodes, clock } = this.#options;
    if (this.#waiting >= MAX_WAITING) {
      const text = `${MAX_WAITING} messages wait for edges that this replica does not know yet`;
      throw new TinyError('Overloaded', 'QUEUE_FULL', text, { retryAfterMs: EDGE_WAIT_MS });
    }
    this.#waiting += 1;
    try {
      await waitToBeWoken({ clock, timeoutMs: EDGE_WAIT_MS, signal }, (wake) => {
        const look = () => (this.#refusalOf(message, peer) === undefined ? wake() : undefined);
        return nodes.onEvent({ add: (_node, isInitial) => (isInitial ? undefined : look()), update: look });
      });
    } finally {
      this.#waiting -= 1;
    }
  }

  #textOf(reason: 'edge' | 'module', { from, to, edgeId }: Message, { identity }: Peer): string {
    const sender = from === undefined || from.node === '' ? 'nobody' : formatAddress(from);
    if (reason === 'module') {
      const owner = this.#senderOf(from?.node)?.module ?? '';
      return `${sender} belongs to module ${owner}, and the certificate of the caller names ${identity?.module ?? 'none'}`;
    }
    return `${sender} has no edge ${JSON.stringify(edgeId ?? '')} to ${formatAddress(to)}: a message needs an edge in the spec of its sender`;
  }
}

/** What a sending node may do. */
interface Sender {
  /** Sanitised. */
  readonly module: string;
  readonly edges: ReadonlyMap<string, TinyNodeEdge>;
}

function senderFromNode({ spec }: TinyNode): Sender {
  return {
    module: sanitiseName(spec.module),
    edges: new Map((spec.edges ?? []).map((edge) => [edge.id, edge])),
  };
}
