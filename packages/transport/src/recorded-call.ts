import { Metadata, type ServiceError, type ServerUnaryCall, type sendUnaryData, status } from '@grpc/grpc-js';
import { type Clock, TinyError, toTinyError } from '@tinysystems/core';
import type {
  ModuleServiceClient,
  RecordedRequest,
  RecordedResponse,
  RecordedTrace,
  TrackerRecord,
} from '@tinysystems/proto';
import type { PeerGate } from './peer.ts';
import { fromStatus, toStatus } from './status.ts';

/** The most trackers that one question names, and traces that one answer tells of each. */
export const MAX_ASKED_TRACKERS = 64;
const MAX_TOLD_TRACES = 20;

/** What a replica has recorded for one tracker. */
export type ReplicaRecord = Readonly<Omit<TrackerRecord, 'traces'>> & {
  readonly traces: readonly RecordedTrace[];
};

/** What this replica has recorded for those of the trackers that it knows. */
export type TellRecorded = (trackerUids: readonly string[]) => readonly ReplicaRecord[];

/** A question for what was recorded, as gRPC brings it. */
export type RecordedCall = ServerUnaryCall<RecordedRequest, RecordedResponse>;

/** What answering works with. */
export interface AnswerRecordedOptions {
  readonly tell: TellRecorded;
  readonly gate: PeerGate;
  readonly clock: Clock;
}

/** Answers what was recorded to modules of this namespace; bounded, whatever was asked. */
export function answerRecorded(
  call: RecordedCall,
  { tell, gate, clock }: AnswerRecordedOptions,
  done: sendUnaryData<RecordedResponse>,
): void {
  try {
    gate.demandValid(gate.admit(call), clock.now());
    const records = tell(call.request.trackers.slice(0, MAX_ASKED_TRACKERS));
    done(null, {
      records: records.map((record) => ({ ...record, traces: record.traces.slice(-MAX_TOLD_TRACES) })),
    });
  } catch (error) {
    done(toStatus(toTinyError(error)));
  }
}

/** Asks a replica what it has recorded. @throws TinyError when it does not answer until the deadline. */
export function askRecorded(
  trackerUids: readonly string[],
  options: {
    readonly client: ModuleServiceClient;
    /** What error texts call the other side. */
    readonly peer: string;
    /** Milliseconds since the epoch. */
    readonly deadlineMs: number;
  },
): Promise<readonly ReplicaRecord[]> {
  const { client, peer, deadlineMs } = options;
  const request = { trackers: [...trackerUids] };
  return new Promise((resolve, reject) => {
    client.recorded(request, new Metadata(), { deadline: deadlineMs }, (error, response) => {
      if (error === null) resolve(response.records);
      else reject(failureOf(error, peer));
    });
  });
}

function failureOf(error: ServiceError, peer: string): TinyError {
  if (error.code !== status.UNIMPLEMENTED) return fromStatus(error, peer);
  const text = `${peer} is of a version that records nothing for trackers`;
  return new TinyError('Permanent', 'HANDLER_FAILED', text, { cause: error });
}
