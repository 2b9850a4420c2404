import { TINY_FLOW, TINY_PROJECT } from '../group.ts';
import { createCrd } from './crd.ts';
import {
  CONDITIONS,
  type CrdSchema,
  OBSERVED_GENERATION,
  boolean,
  integer,
  list,
  number,
  object,
  text,
} from './schema.ts';

const ADDED_UP: Readonly<Record<string, CrdSchema>> = {
  observedGeneration: OBSERVED_GENERATION,
  nodes: integer('How many nodes it has.'),
  readyNodes: integer('How many of them are ready.'),
  errorNodes: integer('How many of them report an error.'),
  ready: text('Ready nodes of all nodes, e.g. 2/3.'),
  modules: list('The modules that its nodes need.', { type: 'string' }),
  conditions: CONDITIONS,
};

const READY_COLUMNS = [
  { name: 'Ready', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
  { name: 'Nodes', jsonPath: '.status.ready' },
];
const MESSAGE_COLUMN = { name: 'Message', jsonPath: '.status.conditions[?(@.type=="Ready")].message' };

const TRACING = object(
  'How much of the flow is recorded for tinysystems trace and for the collector.',
  {
    mode: text(
      'off: nothing. errors: the hops that fail. sampled: also a share of the chains. all: every chain.',
      { enum: ['off', 'errors', 'sampled', 'all'], default: 'sampled' },
    ),
    ratio: number(
      'The share of the chains for mode sampled, 0 to 1. Absent: 10 a second for each node that starts chains, in each replica.',
      { minimum: 0, maximum: 1 },
    ),
  },
  {
    rules: [
      {
        rule: "!has(self.ratio) || !has(self.mode) || self.mode == 'sampled'",
        message: 'ratio needs mode sampled',
      },
    ],
  },
);

export const TINY_FLOW_CRD = createCrd({
  names: TINY_FLOW,
  description:
    'Groups the nodes that carry its name in the label tinysystems.io/flow-name; they are deleted with it.',
  spec: object('The flow.', {
    description: text('What the flow is for.'),
    suspended: boolean("True stops the flow's nodes.", { default: false }),
    tracing: TRACING,
  }),
  status: object('What its nodes add up to.', ADDED_UP),
  columns: [
    ...READY_COLUMNS,
    { name: 'Suspended', type: 'boolean', jsonPath: '.spec.suspended' },
    MESSAGE_COLUMN,
  ],
});

export const TINY_PROJECT_CRD = createCrd({
  names: TINY_PROJECT,
  description:
    'Groups flows and nodes that carry its name in the label tinysystems.io/project-name; they are deleted with it.',
  spec: object('The project.', { description: text('What the project is for.') }),
  status: object('What its flows and nodes add up to.', {
    ...ADDED_UP,
    flows: integer('How many flows it has.'),
  }),
  columns: [...READY_COLUMNS, { name: 'Flows', type: 'integer', jsonPath: '.status.flows' }, MESSAGE_COLUMN],
});
