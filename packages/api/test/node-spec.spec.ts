import { type TinyNode, nodeSpecFromTinyNode } from '@tinysystems/api';

const NODE: TinyNode = {
  metadata: {
    name: 'n',
    namespace: 'ns',
    uid: 'u',
    generation: 3,
    labels: { 'tinysystems.io/flow-name': 'f', 'tinysystems.io/project-name': 'p' },
  },
  spec: { module: 'm', component: 'c' },
};

describe('nodeSpecFromTinyNode', () => {
  it('fills in every default', () => {
    expect(nodeSpecFromTinyNode(NODE)).toEqual({
      name: 'n',
      namespace: 'ns',
      uid: 'u',
      generation: 3,
      module: 'm',
      component: 'c',
      run: true,
      isSuspended: false,
      settings: {},
      ports: [],
      concurrency: { max: 64, queue: 1024 },
      edges: [],
      flow: 'f',
      project: 'p',
    });
  });

  it('reads durations of a retry rule', () => {
    const edge = {
      id: 'e',
      port: 'out',
      to: 'b',
      toPort: 'in',
      retry: { maxAttempts: 3, initialDelay: '1m30s', attemptTimeout: '250ms' },
    };
    const [read] = nodeSpecFromTinyNode({ ...NODE, spec: { ...NODE.spec, edges: [edge] } }).edges;
    expect(read).toMatchObject({
      onExpressionError: 'Fail',
      configuration: undefined,
      retry: {
        maxAttempts: 3,
        initialDelayMs: 90_000,
        maxDelayMs: 5000,
        multiplier: 2,
        jitter: 0.2,
        attemptTimeoutMs: 250,
      },
    });
  });

  it('does not run in a suspended flow', () => {
    expect(nodeSpecFromTinyNode(NODE, { suspended: true })).toMatchObject({ run: false, isSuspended: true });
  });
});
