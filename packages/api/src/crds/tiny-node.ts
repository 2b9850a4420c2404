import { TINY_NODE } from '../group.ts';
import { createCrd } from './crd.ts';
import {
  CONDITIONS,
  type CelRule,
  type CrdSchema,
  FENCE,
  LEADER_EPOCH,
  OBSERVED_GENERATION,
  boolean,
  integer,
  list,
  listMap,
  moment,
  number,
  object,
  openObject,
  text,
  textMap,
  anyValue,
} from './schema.ts';

const DURATION = { pattern: '^([0-9]+([.][0-9]+)?(ms|s|m|h))+$' };
const BUSINESS_PORT = { minLength: 1, maxLength: 128, pattern: '^[^_:][^:]*$' };

const RETRY = object(
  'How the message is sent again when the target fails for a passing reason (Transient). Absent: one attempt.',
  {
    maxAttempts: integer('How many attempts in all.', { minimum: 1, maximum: 100, default: 1 }),
    initialDelay: text('Wait before the second attempt, e.g. 100ms.', { ...DURATION, default: '100ms' }),
    maxDelay: text('The longest wait between two attempts.', { ...DURATION, default: '5s' }),
    multiplier: number('How much longer each wait is than the one before.', {
      minimum: 1,
      maximum: 10,
      default: 2,
    }),
    jitter: number('Share of the wait that varies at random: 0.2 means 20 % more or less.', {
      minimum: 0,
      maximum: 1,
      default: 0.2,
    }),
    attemptTimeout: text(
      'The longest time of one attempt. Absent: the whole chain shares one deadline.',
      DURATION,
    ),
  },
);

const EDGE = object(
  'A wire from an out port of this node to an in port of a node in the same namespace.',
  {
    id: text('Unique in this node.', { minLength: 1, maxLength: 253 }),
    port: text('The out port of this node.', BUSINESS_PORT),
    to: text('Name of the target TinyNode.', { minLength: 1, maxLength: 253 }),
    toPort: text('The in port of the target node.', BUSINESS_PORT),
    configuration: openObject(
      'The mapping: what the target receives, with {{ expressions }} over the emitted message ($). Absent: the message passes unchanged.',
    ),
    onExpressionError: text('Fail: an expression that fails fails the message. Null: it becomes null.', {
      enum: ['Fail', 'Null'],
      default: 'Fail',
    }),
    retry: RETRY,
  },
  { required: ['id', 'port', 'to', 'toPort'] },
);

const SPEC = object(
  'What the node does.',
  {
    module: text('The module that ships the component, e.g. common-module. It owns the node.', {
      minLength: 1,
      maxLength: 253,
    }),
    component: text('The component of the module, e.g. router.', { minLength: 1, maxLength: 253 }),
    version: text('Versions of the module that will do, as a semver range, e.g. ">=0.1".', {
      maxLength: 128,
    }),
    run: boolean('False stops the instance: messages to it are refused.', { default: true }),
    settings: openObject(
      "The component's settings. See the component's documentation, or the TinyModule's status.",
    ),
    ports: listMap(
      "The flow author's schema for the configurable fields of a port.",
      'name',
      object(
        'One port.',
        {
          name: text('The port.', { minLength: 1, maxLength: 128 }),
          schema: openObject('A JSON Schema (2020-12).'),
        },
        { required: ['name'] },
      ),
      { maxItems: 256 },
    ),
    concurrency: object(
      'Limits of this node in each replica; beyond them a message is refused with Overloaded.',
      {
        max: integer('How many handlers run their own code at once.', {
          minimum: 1,
          maximum: 100000,
          default: 64,
        }),
        queue: integer('How many messages may wait for a handler.', {
          minimum: 0,
          maximum: 1000000,
          default: 1024,
        }),
      },
    ),
    edges: listMap('Where the messages of the out ports go.', 'id', EDGE, { maxItems: 10000 }),
  },
  { required: ['module', 'component'] },
);

/** A port as a status publishes it; used by TinyNode and TinyModule. */
export const PUBLISHED_PORT: CrdSchema = object(
  'A port.',
  {
    name: text('Name of the port.'),
    label: text('What people read.'),
    position: text('The side of the node where an editor draws it.', {
      enum: ['top', 'right', 'bottom', 'left'],
    }),
    source: boolean('True: the port emits. False: it receives.'),
    schema: openObject('What the port carries, as a JSON Schema.'),
    reply: openObject('Out ports: what a request on this port must be answered with, as a JSON Schema.'),
    emits: list('In ports: every message is emitted on at least one of these out ports.', { type: 'string' }),
    answers: text(
      'In ports: who answers the sender: the port itself, whoever answers what it emits (passed), or nobody (never).',
      { enum: ['itself', 'passed', 'never'] },
    ),
    configuration: anyValue('The current value of a settings or control port; secrets are hidden.'),
  },
  { required: ['name', 'label', 'position', 'source'] },
);

const MODULES_KNOWN =
  'has(self.module) && has(self.module.name) && has(oldSelf.module) && has(oldSelf.module.name)';

/** As {@link FENCE}; but the leaders of the module that a node moves to are counted anew. */
const NODE_FENCE: CelRule = {
  ...FENCE,
  rule: `${FENCE.rule} || (has(self.leaderEpoch) && ${MODULES_KNOWN} && self.module.name != oldSelf.module.name)`,
};

const STATUS = object(
  'How the node stands.',
  {
    observedGeneration: OBSERVED_GENERATION,
    module: object('The module that runs it.', {
      name: text('Name of the module.'),
      version: text('Version of the module.'),
      sdkVersion: text('Version of the SDK it was built with.'),
    }),
    component: object('The component it is an instance of.', {
      description: text('One line.'),
      info: text('More, as Markdown.'),
      tags: list('Tags.', { type: 'string' }),
    }),
    ports: list(
      'The ports of the instance. A schema is shown where it differs from the TinyModule.',
      PUBLISHED_PORT,
    ),
    status: text('OK, or what is wrong.'),
    error: boolean('True when something is wrong.'),
    metadata: textMap('State that the replicas of the module share.'),
    leaderEpoch: LEADER_EPOCH,
    lastUpdateTime: moment('When this status last changed.'),
    conditions: CONDITIONS,
  },
  { rules: [NODE_FENCE] },
);

export const TINY_NODE_CRD = createCrd({
  names: TINY_NODE,
  description:
    'An instance of a component. Its edges carry messages from its out ports to in ports of other nodes.',
  spec: SPEC,
  status: STATUS,
  columns: [
    { name: 'Module', jsonPath: '.spec.module' },
    { name: 'Component', jsonPath: '.spec.component' },
    { name: 'Flow', jsonPath: '.metadata.labels.tinysystems\\.io/flow-name' },
    { name: 'Ready', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
    { name: 'Status', jsonPath: '.status.status' },
  ],
});
