import type {
  Charge,
  DetachOptions,
  EmitOptions,
  Log,
  NodeState,
  Reply,
  TinyError,
  TraceContext,
} from '@tinysystems/core';

/** What a handler may do with one message. */
export interface HandlerContext<Settings, Out, Answers> {
  /** The node's settings, defaults filled in. */
  readonly settings: Settings;
  readonly node: NodeContext<Settings, Out, Answers>;
  /** Ends when the caller gives up, the deadline passes or the node stops. */
  readonly signal: AbortSignal;
  /** When the chain must have ended, milliseconds since the epoch. */
  readonly deadlineMs: number;
  /** Where the handler stands in its trace: what it calls outside goes on from here; see `formatTraceparent`. */
  readonly trace: TraceContext;
  readonly log: Log;
  /** Sends data down every edge of the port and waits; return what it resolves to, or the caller gets no answer. */
  emit<K extends keyof Out & string>(port: K, data: Out[K]): Promise<Reply>;
  /** Sends data and takes the answer. @throws TinyError `REPLY_MISSING`, `REPLY_INVALID`. */
  request<K extends keyof Answers & keyof Out & string>(port: K, data: Out[K]): Promise<Answers[K]>;
  /** Sends data on the node's lifetime; nobody waits for the answer. See `NodeHandle.detach`. */
  detach<K extends keyof Out & string>(
    port: K,
    data: Out[K],
    options?: Omit<DetachOptions, 'scope'>,
  ): Promise<void>;
}

/** What a component may do on its node's lifetime. */
export interface NodeContext<Settings, Out, Answers> {
  readonly name: string;
  readonly namespace: string;
  readonly flow: string | undefined;
  readonly project: string | undefined;
  /** The settings now in force. */
  readonly settings: Settings;
  readonly state: NodeState;
  readonly log: Log;
  /** Ends when the node stops on this replica. */
  readonly signal: AbortSignal;
  /** For what enters the process here; see `NodeHandle.charge`. */
  charge(): Charge;
  emit<K extends keyof Out & string>(port: K, data: Out[K], options?: EmitOptions): Promise<Reply>;
  request<K extends keyof Answers & keyof Out & string>(
    port: K,
    data: Out[K],
    options?: EmitOptions,
  ): Promise<Answers[K]>;
  detach<K extends keyof Out & string>(
    port: K,
    data: Out[K],
    options?: { readonly onFailure?: (error: TinyError) => void },
  ): Promise<void>;
  /** The control view has changed: publish it soon. */
  refresh(): void;
}
