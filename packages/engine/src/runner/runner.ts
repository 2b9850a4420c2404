import {
  CONTROL_PORT,
  SETTINGS_PORT,
  type Json,
  type Message,
  type NodeSpec,
  TinyError,
  formatAddress,
  isSystemPort,
  toTinyError,
  valueOf,
} from '@tinysystems/core';
import type { InPort } from './in-port.ts';
import type { EndReason } from './end-reason.ts';
import { Instance } from './instance.ts';
import type { InstanceOptions } from './instance-options.ts';
import type { NodeReport } from './report.ts';
import { Scope } from './scope.ts';

/** One TinyNode in this process: applies its spec step by step, and handles its messages. */
export class Runner {
  readonly name: string;
  readonly #instance: Instance;
  /** One change after the other, so that no two touch the instance at once. */
  #changes: Promise<unknown> = Promise.resolve();
  #isEnded = false;
  /** A spec was applied after an end that perhaps still goes on: messages are for the instance that comes. */
  #isAwaited = false;

  /** @param isLeader - whether this replica leads now; {@link lead} says when that changes. */
  constructor(spec: NodeSpec, options: InstanceOptions, isLeader: boolean) {
    this.name = spec.name;
    this.#instance = new Instance(spec, options);
    this.#instance.setLeader(isLeader);
  }

  /** Whether its end is the last that was asked of it. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Whether it is ready, or says why it is not; false while the first spec, or a new component, is being applied. */
  get isSettled(): boolean {
    return this.#instance.isSettled;
  }

  /** No message and no detached emission is on its way here. */
  get isIdle(): boolean {
    return this.#instance.isIdle;
  }

  get report(): NodeReport {
    return this.#instance.report;
  }

  /** What a person sees on the control port; `undefined` when there is nothing. */
  get view(): Json | undefined {
    return this.#instance.view;
  }

  /** Whether the message is taken or refused at once; false: it must wait until the runner is settled. */
  decidesOn(message: Message): boolean {
    return this.#isAwaited ? this.#instance.reenters(message) : this.#instance.decidesOn(message);
  }

  /** Applies a spec after all earlier changes. Problems are in the report, not thrown. */
  apply(spec: NodeSpec): Promise<NodeReport> {
    this.#isAwaited ||= this.#isEnded;
    this.#isEnded = false;
    return this.#change(async () => {
      await this.#instance.apply(spec);
      this.#isAwaited = false;
      return this.#instance.report;
    });
  }

  /** Starts or ends the work that only the leader does; it is told to end at once, whatever else is being changed. */
  lead(isLeader: boolean): Promise<void> {
    this.#instance.setLeader(isLeader);
    return this.#change(() => this.#instance.placeBackground());
  }

  /** Ends the background work; messages are still taken. */
  quiet(): Promise<void> {
    return this.#change(() => this.#instance.quiet());
  }

  /** Resolves at a moment when nothing is on its way here. */
  whenIdle(): Promise<void> {
    return this.#instance.whenIdle();
  }

  /**
   * Ends the instance after all earlier changes. New messages are refused; those in work may go on.
   *
   * @param drainUntilMs - until then at most, milliseconds since the epoch; default 10 s from its turn.
   */
  end(reason: EndReason, drainUntilMs?: number): Promise<void> {
    this.#isEnded = true;
    this.#isAwaited = false;
    return this.#change(() => this.#instance.end(reason, drainUntilMs));
  }

  /**
   * Handles one message: one slot, one span, one error guard.
   *
   * @throws TinyError whatever the handler or the runtime refused it with.
   */
  receive(message: Message, signal: AbortSignal): Promise<Json | undefined> {
    let port: InPort | undefined;
    try {
      refuseSystemPort(message);
      port = this.#instance.inPort(message);
      const wait = port.live.slots.take(message, signal);
      return wait === undefined
        ? this.#handle(port, message, signal)
        : this.#handleAfter(wait, port, message, signal);
    } catch (thrown) {
      const error = toTinyError(thrown);
      port?.meter.refused(error.kind);
      return Promise.reject(error);
    }
  }

  async #handleAfter(
    wait: Promise<void>,
    port: InPort,
    message: Message,
    signal: AbortSignal,
  ): Promise<Json | undefined> {
    const { inWork } = port.live;
    inWork.enter();
    try {
      await this.#instance.tracer.waiting('slot', message, wait);
    } catch (error) {
      port.meter.refused(toTinyError(error).kind);
      inWork.leave();
      throw error;
    }
    const handled = this.#handle(port, message, signal);
    inWork.leave(); // only now: `#handle` has entered
    return handled;
  }

  /** Has a slot, which the scope gives back. */
  async #handle(port: InPort, message: Message, signal: AbortSignal): Promise<Json | undefined> {
    const { tracer, loop } = this.#instance;
    const { inWork, subject } = port.live;
    inWork.enter();
    const trace = tracer.hop(subject, message.trace, message.to.port);
    const scope = new Scope(message, signal, trace, port.live);
    const release = port.hold?.(message.data);
    const startedMs = performance.now();
    let { data } = message;
    let reply: Json | undefined;
    let failure: TinyError | undefined;
    try {
      data = port.decode(data);
      const replied = port.handle(data, scope);
      if (loop.isBlocked) loop.blame(this.name);
      reply = valueOf(await replied);
      return reply;
    } catch (error) {
      failure = this.#instance.mask.error(toTinyError(error));
      throw failure;
    } finally {
      if (loop.isBlocked) loop.blame(this.name);
      scope.end();
      inWork.leave();
      const durationMs = performance.now() - startedMs;
      port.meter.handled(durationMs, failure?.kind);
      if (tracer.wants(trace, failure)) {
        const { schema } = port;
        const parent = message.trace;
        tracer.handled({
          trace,
          parent,
          subject,
          message,
          data,
          schema,
          reply,
          failure,
          startedMs,
          durationMs,
        });
      }
      release?.();
    }
  }

  #change<T>(step: () => Promise<T>): Promise<T> {
    const next = this.#changes.then(step);
    this.#changes = next.catch((error: unknown) =>
      this.#instance.log.error({ node: this.name, err: error }, 'a change of a node failed'),
    );
    return next;
  }
}

const ADVICE: Readonly<Record<string, string>> = {
  [CONTROL_PORT]: 'only a TinySignal may send to it',
  [SETTINGS_PORT]: 'change spec.settings of the TinyNode instead',
};

function refuseSystemPort(message: Message): void {
  const { port } = message.to;
  if (!isSystemPort(port) || (message.from === undefined && port === CONTROL_PORT)) return;
  const advice = ADVICE[port] ?? 'send to one of the ports without _ at the start';
  throw new TinyError(
    'Permanent',
    'PORT_FORBIDDEN',
    `${formatAddress(message.to)} is a system port: ${advice}`,
  );
}
