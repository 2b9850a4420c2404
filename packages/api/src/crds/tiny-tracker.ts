import { TINY_TRACKER } from '../group.ts';
import { createCrd } from './crd.ts';
import { CONDITIONS, OBSERVED_GENERATION, integer, list, moment, number, object, text } from './schema.ts';

/** How many traces a tracker lists. */
export const MAX_TRACKED_TRACES = 20;
/** How many replicas, living and gone, it names. */
export const MAX_TRACKING_REPLICAS = 100;

const SPEC = object(
  'Which messages are recorded, how closely, and for how long.',
  {
    project: text('Messages to the nodes of this TinyProject.', { minLength: 1, maxLength: 253 }),
    flow: text('Messages to the nodes of this TinyFlow.', { minLength: 1, maxLength: 253 }),
    node: text('Messages to this TinyNode.', { minLength: 1, maxLength: 253 }),
    ports: list(
      'The in ports whose messages are recorded. Absent: all.',
      { type: 'string', minLength: 1, maxLength: 128 },
      { minItems: 1, maxItems: 64 },
    ),
    payload: text(
      'What is kept of a message. none: nothing. redacted: what may be shown; secrets, and fields that are called like one, are hidden. full: only what a schema calls secret is hidden. At most 16 KiB of each.',
      { enum: ['none', 'redacted', 'full'], default: 'redacted' },
    ),
    sample: number(
      'The share of the traces that is recorded, 1 for all. A trace is recorded whole, or not.',
      {
        minimum: 0.000001,
        maximum: 1,
        default: 1,
      },
    ),
    maxRecords: integer('After so many messages it records no more.', {
      minimum: 1,
      maximum: 1000000,
      default: 1000,
    }),
    ttlSeconds: integer('How long it records after its creation; then the object goes away.', {
      minimum: 1,
      maximum: 604800,
      default: 3600,
    }),
  },
  {
    rules: [
      {
        rule: '(has(self.project) ? 1 : 0) + (has(self.flow) ? 1 : 0) + (has(self.node) ? 1 : 0) == 1',
        message: 'name exactly one of project, flow and node',
      },
    ],
  },
);

const TRACE = object(
  'A trace in which messages were recorded.',
  {
    id: text('Its id; `tinysystems trace <id>` shows all of it.'),
    start: moment('When the first of them arrived.'),
    duration: text('From then until the last was answered, e.g. 12.4ms.'),
    hops: integer('How many messages were recorded in it.'),
    error: text('Why it failed. Absent: it did not.'),
  },
  { required: ['id', 'start', 'duration', 'hops'] },
);

export const TINY_TRACKER_CRD = createCrd({
  names: TINY_TRACKER,
  description:
    'Records the messages of a project, a flow or a node in detail, for a while. It changes none of them.',
  spec: SPEC,
  status: object('What was recorded.', {
    observedGeneration: OBSERVED_GENERATION,
    phase: text('Pending until every replica records. Full after maxRecords messages.', {
      enum: ['Pending', 'Active', 'Full'],
    }),
    since: moment('Since when every replica has been recording.'),
    until: moment('When it ends.'),
    recorded: integer('How many messages were recorded.'),
    failed: integer('How many of them failed.'),
    replicas: list(
      'What each replica said last, those that are gone included.',
      object(
        'A replica.',
        {
          pod: text('Identity of the replica.'),
          recorded: integer('How many messages it recorded.'),
          failed: integer('How many of them failed.'),
        },
        { required: ['pod', 'recorded', 'failed'] },
      ),
      { maxItems: MAX_TRACKING_REPLICAS },
    ),
    traces: list('The last traces, newest first.', TRACE, { maxItems: MAX_TRACKED_TRACES }),
    conditions: CONDITIONS,
  }),
  columns: [
    { name: 'Project', jsonPath: '.spec.project' },
    { name: 'Flow', jsonPath: '.spec.flow' },
    { name: 'Node', jsonPath: '.spec.node' },
    { name: 'Phase', jsonPath: '.status.phase' },
    { name: 'Until', jsonPath: '.status.until' },
    { name: 'Recorded', type: 'integer', jsonPath: '.status.recorded' },
    { name: 'Message', jsonPath: '.status.conditions[?(@.status=="False")].message' },
  ],
});
