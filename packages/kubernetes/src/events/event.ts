import type { KubeObject } from '../object.ts';
import { resourceType } from '../resource-type.ts';

/** Something that happened to an object, for people: `kubectl describe` shows it. The server forgets it after an hour. */
export interface Event extends KubeObject {
  readonly involvedObject: ObjectReference;
  readonly type?: EventType;
  readonly reason?: string;
  readonly message?: string;
  readonly count?: number;
  readonly firstTimestamp?: string;
  readonly lastTimestamp?: string;
  readonly source?: { readonly component?: string; readonly host?: string };
  readonly reportingComponent?: string;
  readonly reportingInstance?: string;
}

/** Whether somebody should look at it. */
export type EventType = 'Normal' | 'Warning';

/** The object an event is about. */
export interface ObjectReference {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
}

/** `events`, of the core group: what `kubectl describe` and `kubectl get events` read. */
export const EVENT = resourceType<Event>({
  group: '',
  version: 'v1',
  kind: 'Event',
  plural: 'events',
  namespaced: true,
});
