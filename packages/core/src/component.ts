import type { Charge } from './byte-budget.ts';
import type { TinyError } from './errors.ts';
import type { Json } from './json.ts';
import type { TraceContext } from './message.ts';
import type { PortDefinition } from './port.ts';
import type { Reply } from './reply.ts';
import type { JsonSchema } from './schema/json-schema.ts';

/** What a module ships: the author's code behind a name. Made by the SDK's `component()`. */
export interface Component {
  readonly name: string;
  readonly description: string;
  /** Longer text for people, Markdown. */
  readonly info: string;
  readonly tags: readonly string[];
  /** What the `_settings` port takes; `undefined`: the component has no settings. */
  readonly settings: JsonSchema | undefined;
  /** What the `_control` port takes; `undefined`: the component has no control. */
  readonly control: JsonSchema | undefined;
  /** What the state of a node may have, keys and values, bytes; default 64 KiB. */
  readonly maxStateBytes?: number;
  /** The ports under these (decoded) settings, business ports only. */
  ports(settings: Json): readonly PortDefinition[];
  /** One instance for each TinyNode in each process. */
  create(node: NodeHandle): ComponentInstance;
}

/** One TinyNode's instance of a component in this process. */
export interface ComponentInstance {
  /** Takes new (decoded) settings; throwing rejects them. Called before any message, and again on each change. */
  settings?(settings: Json): Promise<void> | void;
  /** Handles one (decoded) message. */
  handle(port: string, message: Json, scope: MessageScope): Promise<Reply> | Reply;
  /** Takes one submission of the `_control` port. */
  control?(submission: Json, scope: MessageScope): Promise<Reply> | Reply;
  /** What a person sees on the `_control` port now. */
  view?(): Json;
  readonly background?: Background;
  /** This replica stops; the node lives on elsewhere. */
  released?(): Promise<void> | void;
  /** The node is gone for good. */
  deleted?(): Promise<void> | void;
}

/** Long-running work of a node. The runtime places it, restarts it after a failure, and ends it. */
export interface Background {
  readonly placement: 'everyReplica' | 'leader';
  run(signal: AbortSignal): Promise<void>;
}

/** What a handler may do while it handles one message. */
export interface MessageScope {
  /** Ends when the caller gives up, the deadline passes or the node stops. */
  readonly signal: AbortSignal;
  /** Milliseconds since the epoch. */
  readonly deadlineMs: number;
  /** Where the handler stands in its trace: what it calls outside goes on from here. */
  readonly trace: TraceContext;
  /** Sends `data` down every edge of `port` and waits for the reply. */
  emit(port: string, data: Json): Promise<Reply>;
  /**
   * Like `emit`, and takes the reply.
   *
   * @throws TinyError `REPLY_MISSING` when nobody answered, `REPLY_INVALID` when the answer does not fit the port.
   */
  request(port: string, data: Json): Promise<Json>;
}

/** What an instance may do on its node's lifetime. */
export interface NodeHandle {
  readonly name: string;
  readonly namespace: string;
  readonly flow: string | undefined;
  readonly project: string | undefined;
  readonly state: NodeState;
  readonly log: Log;
  /** Ends when the node stops on this replica. */
  readonly signal: AbortSignal;
  /** Emits outside any message, waits for the reply; the chain has `deadlineMs` (default 5 minutes) from now. */
  emit(port: string, data: Json, options?: EmitOptions): Promise<Reply>;
  /** Like `emit`, and takes the reply; fails as {@link MessageScope.request} does. */
  request(port: string, data: Json, options?: EmitOptions): Promise<Json>;
  /**
   * Charges what enters the process here to the module's budget of 64 MiB in flight: nothing at first, see
   * {@link Charge.add}. To be disposed when the entry is answered.
   */
  charge(): Charge;
  /**
   * Emits on the node's lifetime and resolves at once. At most 100 run at once for a node; beyond that it resolves
   * when the emission has ended (back-pressure). A failure is counted and reported, never thrown; a stop drains them.
   *
   * @param options - `maxConcurrent` lowers the 100; `scope` continues that message's trace.
   */
  detach(port: string, data: Json, options?: DetachOptions): Promise<void>;
  /** What was thrown, as it may be told to others: without the secrets of the node and its messages. */
  failureOf(thrown: unknown): TinyError;
  /** The control view has changed; it is published soon. */
  refresh(): void;
}

/** Options of {@link NodeHandle.emit}. */
export interface EmitOptions {
  /** Ends the chain earlier than the node's own end. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds from now; default 5 minutes. */
  readonly timeoutMs?: number | undefined;
  /** Continue this trace instead of starting one. */
  readonly trace?: TraceContext | undefined;
  /** Told at once which trace the chain belongs to. */
  readonly onTrace?: ((trace: TraceContext) => void) | undefined;
}

/** Options of {@link NodeHandle.detach}. */
export interface DetachOptions {
  readonly scope?: MessageScope | undefined;
  readonly maxConcurrent?: number | undefined;
  /** Takes the failure instead of the node's counter and Warning event. */
  readonly onFailure?: ((error: TinyError) => void) | undefined;
}

/** State shared by the replicas of a node: for what changes a few times a minute, 64 KiB unless its component says more. */
export interface NodeState {
  /** The value as this replica knows it: its own writes at once, others' when they arrive. */
  get(key: string): string | undefined;
  /**
   * Visible at once on this replica; resolves when stored.
   *
   * @throws TinyError `STATE_TOO_LARGE`, `STATE_CONFLICT`, `STATE_UNAVAILABLE`; the value is taken back.
   */
  set(key: string, value: string): Promise<void>;
  delete(key: string): Promise<void>;
  /** Calls back when another replica changed a key. */
  onChange(callback: () => void): () => void;
}

/** A logger: constant message, data in fields. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
