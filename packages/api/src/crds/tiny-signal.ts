import { TINY_SIGNAL } from '../group.ts';
import { createCrd } from './crd.ts';
import { CONDITIONS, OBSERVED_GENERATION, anyValue, integer, moment, object, text } from './schema.ts';

const IMMUTABLE = (field: string) => ({
  'x-kubernetes-validations': [
    { rule: 'self == oldSelf', message: `${field} cannot change: create another TinySignal` },
  ],
});

export const TINY_SIGNAL_CRD = createCrd({
  names: TINY_SIGNAL,
  description:
    'Triggers a node once, like a Job: it is claimed, delivered, ends Delivered or Failed, and goes away after a while.',
  spec: object(
    'What is sent, and to where.',
    {
      node: text('Name of the TinyNode.', { minLength: 1, maxLength: 253, ...IMMUTABLE('node') }),
      port: text('In port of the node; _control presses its buttons.', {
        minLength: 1,
        maxLength: 128,
        ...IMMUTABLE('port'),
      }),
      data: anyValue('The message: any JSON value. Absent: {}.'),
      traceID: text('Trace to continue: 32 hex digits.', { pattern: '^[0-9a-f]{32}$' }),
      timeoutSeconds: integer('How long the delivery, reply included, may take.', {
        minimum: 1,
        maximum: 86400,
        default: 30,
      }),
      backoffLimit: integer(
        'How often a delivery that failed for a passing reason, or whose holder died, is tried again.',
        {
          minimum: 0,
          maximum: 100,
          default: 0,
        },
      ),
      ttlSecondsAfterFinished: integer(
        'When the object goes away after it ended. Absent: 60 s after success, 600 s after failure.',
        { minimum: 0 },
      ),
    },
    { required: ['node', 'port'] },
  ),
  status: object('How the delivery stands.', {
    observedGeneration: OBSERVED_GENERATION,
    phase: text('Where the delivery stands.', { enum: ['Pending', 'Delivering', 'Delivered', 'Failed'] }),
    attempts: integer('How many deliveries were begun.'),
    holder: text('The replica that claimed it.'),
    startedAt: moment('When the first delivery began.'),
    completedAt: moment('When it ended.'),
    message: text('What went wrong; empty when nothing did.'),
    traceID: text('The trace of the delivery.'),
    conditions: CONDITIONS,
  }),
  columns: [
    { name: 'Node', jsonPath: '.spec.node' },
    { name: 'Port', jsonPath: '.spec.port' },
    { name: 'Phase', jsonPath: '.status.phase' },
    { name: 'Attempts', type: 'integer', jsonPath: '.status.attempts' },
    { name: 'Message', jsonPath: '.status.message' },
  ],
});
