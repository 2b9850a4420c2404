import type { KubeObject } from '../../kube-object.ts';
import type { Schema } from '../../schema/schema.ts';
import { builtin, selectableFields } from '../builtin.ts';
import { BUILTIN_SCHEMAS } from '../builtin-schemas.ts';
import { textAt } from '../columns.ts';
import type { ResourceDefinition, StoredForm } from '../definition.ts';

/** Members that are written even when nobody has set them. */
const ZERO_EVENT = {
  involvedObject: {},
  source: {},
  firstTimestamp: null,
  lastTimestamp: null,
  eventTime: null,
  reportingComponent: '',
  reportingInstance: '',
};

/** Both kinds of Event. */
export const EVENT_KINDS: readonly ResourceDefinition[] = [
  eventKind({ group: '', version: 'v1', subject: 'involvedObject', schema: BUILTIN_SCHEMAS.event }),
  eventKind({
    group: 'events.k8s.io',
    version: 'v1',
    subject: 'regarding',
    schema: BUILTIN_SCHEMAS.newEvent,
    storedForm: {
      apiVersion: 'v1',
      memberNames: {
        regarding: 'involvedObject',
        note: 'message',
        reportingController: 'reportingComponent',
        deprecatedSource: 'source',
        deprecatedCount: 'count',
        deprecatedFirstTimestamp: 'firstTimestamp',
        deprecatedLastTimestamp: 'lastTimestamp',
      },
    },
  }),
];

interface EventKindOptions {
  readonly group: string;
  readonly version: string;
  /** The member that says what the event is about. */
  readonly subject: string;
  readonly schema: Schema;
  readonly storedForm?: StoredForm;
}

// Both kinds of Event are one set of objects, kept in the older form; columns and selectors read that.
function eventKind({ group, version, subject, schema, storedForm }: EventKindOptions): ResourceDefinition {
  const members = ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'];
  const subjectFields = members.map((member) => ({
    path: `${subject}.${member}`,
    read: (object: KubeObject) => textAt(object, ['involvedObject', member]),
  }));
  return builtin({
    group,
    version,
    kind: 'Event',
    schema,
    zero: ZERO_EVENT,
    plural: 'events',
    shortNames: ['ev'],
    storedAs: 'events',
    ...(storedForm && { storedForm }),
    selectableFields: [...subjectFields, ...selectableFields('reason', 'type', 'reportingComponent')],
  });
}
