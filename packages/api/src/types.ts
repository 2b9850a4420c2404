import type { Json, JsonSchema, PublishedPort } from '@tinysystems/core';

/** Metadata of an object; the parts we read or write. */
export interface ObjectMeta {
  readonly name?: string;
  readonly generateName?: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly ownerReferences?: readonly OwnerReference[];
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
}

/** Who an object goes away with. */
export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

/** What all our resources have. */
export interface TinyResource<Spec, Status> {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: ObjectMeta;
  readonly spec: Spec;
  readonly status?: Status;
}

/** A condition as Kubernetes writes it. */
export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
  readonly observedGeneration?: number;
  readonly lastTransitionTime: string;
}

/** What every status starts with. */
export interface ConditionedStatus {
  readonly observedGeneration?: number;
  readonly conditions?: readonly Condition[];
}

export type TinyNode = TinyResource<TinyNodeSpec, TinyNodeStatus>;

export interface TinyNodeSpec {
  readonly module: string;
  readonly component: string;
  /** Semver range of the module; a mismatch is a condition. */
  readonly version?: string;
  readonly run?: boolean;
  readonly settings?: Json;
  readonly ports?: readonly { readonly name: string; readonly schema?: JsonSchema }[];
  readonly concurrency?: { readonly max?: number; readonly queue?: number };
  readonly edges?: readonly TinyNodeEdge[];
}

export interface TinyNodeEdge {
  readonly id: string;
  readonly port: string;
  readonly to: string;
  readonly toPort: string;
  readonly configuration?: Json;
  readonly onExpressionError?: 'Fail' | 'Null';
  readonly retry?: TinyNodeRetry;
}

/** Durations as text: `100ms`, `5s`, `1m30s`. */
export interface TinyNodeRetry {
  readonly maxAttempts?: number;
  readonly initialDelay?: string;
  readonly maxDelay?: string;
  readonly multiplier?: number;
  readonly jitter?: number;
  readonly attemptTimeout?: string;
}

export interface TinyNodeStatus extends ConditionedStatus {
  readonly module?: { readonly name: string; readonly version: string; readonly sdkVersion?: string };
  readonly component?: {
    readonly description: string;
    readonly info: string;
    readonly tags: readonly string[];
  };
  readonly ports?: readonly TinyNodePort[];
  /** `OK`, or what is wrong. */
  readonly status?: string;
  readonly error?: boolean;
  /** State shared by the replicas of the module. */
  readonly metadata?: Readonly<Record<string, string>>;
  readonly leaderEpoch?: number;
  readonly lastUpdateTime?: string;
}

export type TinyNodePort = PublishedPort;

export type TinyModule = TinyResource<TinyModuleSpec, TinyModuleStatus>;

export interface TinyModuleSpec {
  readonly image?: string;
}

export interface TinyModuleStatus extends ConditionedStatus {
  /** gRPC `host:port` of the module's Service, or of its leader where there is none. */
  readonly addr?: string;
  readonly endpoints?: readonly TinyModuleEndpoint[];
  readonly name?: string;
  readonly version?: string;
  readonly sdkVersion?: string;
  readonly leaderEpoch?: number;
  readonly components?: readonly TinyModuleComponent[];
}

/** One live replica; written by that replica. */
export interface TinyModuleEndpoint {
  readonly pod: string;
  readonly addr: string;
  readonly leader: boolean;
  readonly startedAt: string;
  /** Loopback `host:port`, seen from the replica's own machine or pod, where it tells of its traces and messages. */
  readonly diagnostics?: string;
}

export interface TinyModuleComponent {
  readonly name: string;
  readonly description: string;
  readonly info: string;
  readonly tags: readonly string[];
  readonly ports: readonly TinyNodePort[];
}

export type TinySignal = TinyResource<TinySignalSpec, TinySignalStatus>;

export interface TinySignalSpec {
  readonly node: string;
  readonly port: string;
  readonly data?: Json;
  readonly traceID?: string;
  readonly timeoutSeconds?: number;
  readonly backoffLimit?: number;
  readonly ttlSecondsAfterFinished?: number;
}

export type SignalPhase = 'Pending' | 'Delivering' | 'Delivered' | 'Failed';

export interface TinySignalStatus extends ConditionedStatus {
  readonly phase?: SignalPhase;
  readonly attempts?: number;
  /** Identity of the replica that claimed it. */
  readonly holder?: string;
  readonly startedAt?: string;
  readonly completedAt?: string;
  readonly message?: string;
  readonly traceID?: string;
}

export type TinyFlow = TinyResource<TinyFlowSpec, GroupStatus>;

export interface TinyFlowSpec {
  readonly description?: string;
  /** True stops the flow's nodes. */
  readonly suspended?: boolean;
  readonly tracing?: TinyFlowTracing;
}

/** How much of a flow is recorded; absent: a share of the chains, bounded, and every hop that fails. */
export interface TinyFlowTracing {
  readonly mode?: 'off' | 'errors' | 'sampled' | 'all';
  /** Mode `sampled` only: 0 to 1. */
  readonly ratio?: number;
}

export type TinyProject = TinyResource<TinyProjectSpec, GroupStatus>;

export interface TinyProjectSpec {
  readonly description?: string;
}

/** What a flow or a project adds up. */
export interface GroupStatus extends ConditionedStatus {
  readonly nodes?: number;
  readonly readyNodes?: number;
  readonly errorNodes?: number;
  /** `2/3`, for `kubectl get`. */
  readonly ready?: string;
  readonly flows?: number;
  readonly modules?: readonly string[];
}

export type TinyTracker = TinyResource<TinyTrackerSpec, TinyTrackerStatus>;

/** Names exactly one of project, flow and node. */
export interface TinyTrackerSpec {
  readonly project?: string;
  readonly flow?: string;
  readonly node?: string;
  /** In ports; absent: all. */
  readonly ports?: readonly string[];
  readonly payload?: TrackerPayload;
  /** Share of the traces, above 0, at most 1. */
  readonly sample?: number;
  readonly maxRecords?: number;
  readonly ttlSeconds?: number;
}

/** What is kept of a message: nothing, what may be shown, or all but what a schema calls secret. */
export type TrackerPayload = 'none' | 'redacted' | 'full';

export interface TinyTrackerStatus extends ConditionedStatus {
  readonly phase?: 'Pending' | 'Active' | 'Full';
  readonly since?: string;
  readonly until?: string;
  readonly recorded?: number;
  readonly failed?: number;
  /** What each replica said last, those that are gone included. */
  readonly replicas?: readonly TrackingReplica[];
  /** The last ones, newest first. */
  readonly traces?: readonly TrackedTrace[];
}

/** What one replica has recorded. */
export interface TrackingReplica {
  readonly pod: string;
  readonly recorded: number;
  readonly failed: number;
}

/** A trace in which a tracker has recorded messages. */
export interface TrackedTrace {
  readonly id: string;
  readonly start: string;
  /** From the first message to the end of the last, e.g. `12.4ms`. */
  readonly duration: string;
  /** How many messages were recorded in it. */
  readonly hops: number;
  /** Why it failed; absent: it did not. */
  readonly error?: string;
}
