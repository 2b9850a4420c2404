import {
  CONTROL_PORT,
  type Json,
  type Message,
  type NodeSpec,
  TinyError,
  cancelled,
  formatAddress,
  isSystemPort,
  toTinyError,
  valueOf,
} from '@tinysystems/core';
import { endSpan, startMessageSpan, traceOf } from '../spans.ts';
import type { InPort } from './in-port.ts';
import { Instance, type InstanceOptions } from './instance.ts';
import type { NodeReport } from './report.ts';
import { Scope } from './scope.ts';

/** Why an instance ends: this replica lets go of it, or its node was deleted. */
export type EndReason = 'released' | 'deleted';

/** One TinyNode in this process: applies its spec step by step, and handles its messages. */
export class Runner {
  readonly name: string;
  readonly #instance: Instance;
  /** One change after the other, so that no two touch the instance at once. */
  #changes: Promise<unknown> = Promise.resolve();

  constructor(spec: NodeSpec, options: InstanceOptions) {
    this.name = spec.name;
    this.#instance = new Instance(spec, options);
  }

  /** Whether messages are taken or refused at once; false while the first spec is being applied. */
  get isSettled(): boolean {
    return this.#instance.isSettled;
  }

  get report(): NodeReport {
    return this.#instance.report;
  }

  /** What a person sees on the control port; `undefined` when there is nothing. */
  get view(): Json | undefined {
    return this.#instance.view;
  }

  /** Applies a spec after all earlier changes. Problems are in the report, not thrown. */
  apply(spec: NodeSpec): Promise<NodeReport> {
    return this.#change(async () => {
      await this.#instance.apply(spec);
      return this.#instance.report;
    });
  }

  /** Starts or ends the work that only the leader does. */
  lead(isLeader: boolean): Promise<void> {
    return this.#change(() => this.#instance.lead(isLeader));
  }

  /** Ends the instance after all earlier changes; messages are refused once those in work have ended. */
  end(reason: EndReason): Promise<void> {
    return this.#change(() => this.#instance.end(reason));
  }

  /**
   * Handles one message: one slot, one span, one error guard.
   *
   * @throws TinyError whatever the handler or the runtime refused it with.
   */
  async receive(message: Message, signal: AbortSignal): Promise<Json | undefined> {
    const instance = this.#instance;
    const port = this.#portFor(message);
    instance.inWork.enter();
    try {
      return await this.#handle(port, message, signal);
    } finally {
      instance.inWork.leave();
    }
  }

  async #handle(port: InPort, message: Message, signal: AbortSignal): Promise<Json | undefined> {
    const instance = this.#instance;
    const wait = instance.slots.take(message, signal);
    if (wait !== undefined) await wait;
    const span = startMessageSpan(instance.tracer, instance.subject, message);
    const scope = new Scope(message, signal, traceOf(span, message), instance);
    const startedMs = performance.now();
    let failure: TinyError | undefined;
    try {
      if (signal.aborted) throw cancelled(signal);
      return valueOf(await port.handle(message.data, scope));
    } catch (error) {
      failure = toTinyError(error);
      throw failure;
    } finally {
      scope.releaseSlot();
      port.meter.handled(performance.now() - startedMs, failure?.kind);
      if (span !== undefined) endSpan(span, failure);
    }
  }

  #portFor(message: Message): InPort {
    const { port: name } = message.to;
    if (isSystemPort(name) && (message.from !== undefined || name !== CONTROL_PORT)) {
      const advice = name === CONTROL_PORT ? 'only a TinySignal may send to it' : 'change spec.settings of the TinyNode instead';
      throw new TinyError('Permanent', 'PORT_FORBIDDEN', `${formatAddress(message.to)} is a system port: ${advice}`);
    }
    return this.#instance.inPort(name);
  }

  #change<T>(step: () => Promise<T>): Promise<T> {
    const next = this.#changes.then(step);
    this.#changes = next.catch((error: unknown) => this.#instance.log.error({ node: this.name, err: error }, 'a change of a node failed'));
    return next;
  }
}
