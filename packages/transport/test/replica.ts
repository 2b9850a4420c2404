import { type Clock, type Deliver, type Message, systemClock } from '@tinysystems/core';
import { ModuleServer, type ModuleServerOptions } from '@tinysystems/transport';
import { Connection } from '../src/connection.ts';

/** A replica of a module that answers with what the test says. */
export class Replica implements AsyncDisposable {
  readonly received: Message[] = [];
  readonly server: ModuleServer;

  constructor(deliver: Deliver, options: Partial<ModuleServerOptions> = {}) {
    this.server = new ModuleServer({
      address: '127.0.0.1:0',
      deliver: (message, signal) => (this.received.push(message), deliver(message, signal)),
      authorise: () => Promise.resolve(),
      clock: systemClock,
      ...options,
    });
  }

  static async start(deliver: Deliver, options: Partial<ModuleServerOptions> = {}): Promise<Replica> {
    const replica = new Replica(deliver, options);
    await replica.server.listen();
    return replica;
  }

  get endpoint() {
    return { pod: `pod-${this.server.port}`, addr: `127.0.0.1:${this.server.port}` };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.stop(0);
  }
}

/** The way to one replica, without a pool around it. */
export function connectionTo({ endpoint }: Replica): Connection {
  return new Connection({ addr: endpoint.addr, peer: 'm', clock: systemClock });
}

export function messageTo(node: string, clock: Clock = systemClock, more: Partial<Message> = {}): Message {
  return {
    from: { node: 'sender', port: 'out' },
    to: { node, port: 'in' },
    edgeId: 'e',
    data: { n: 1 },
    depth: 3,
    deadlineMs: clock.now() + 10_000,
    trace: undefined,
    passed: undefined,
    ...more,
  };
}

export const forever = (): AbortSignal => new AbortController().signal;
