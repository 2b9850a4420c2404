import type { TinyNode } from '@tinysystems/api';
import { TinyError } from '@tinysystems/core';
import type { NodeReport } from '@tinysystems/engine';
import type { EdgeTypeProblems } from '../../src/reconcilers/edge-types.ts';
import { nodeStatusOf } from '../../src/reconcilers/node-status.ts';

const NODE: TinyNode = { metadata: { name: 'n', generation: 4 }, spec: { module: 'alpha', component: 'c' } };
const REPORT: NodeReport = {
  isComponentKnown: true,
  isRunning: true,
  settingsProblem: undefined,
  settingsReason: undefined,
  plainSecrets: [],
  edgeProblems: [],
  backgroundProblem: undefined,
  ports: [],
};
const statusOf = (
  report: Partial<NodeReport>,
  more: {
    node?: TinyNode;
    isSuspended?: boolean;
    unresolved?: string[];
    edgeTypes?: EdgeTypeProblems;
    nowMs?: number;
  } = {},
) =>
  nodeStatusOf({
    node: more.node ?? NODE,
    report: { ...REPORT, ...report },
    component: undefined,
    module: { name: 'alpha', version: '1.4.2', sdkVersion: '0.1.0' },
    unresolved: more.unresolved ?? [],
    edgeTypes: more.edgeTypes ?? { invalid: [], unknown: [] },
    isSuspended: more.isSuspended ?? false,
    nowMs: more.nowMs ?? 0,
  });
const readyOf = (status: ReturnType<typeof statusOf>) =>
  status.conditions?.find(({ type }) => type === 'Ready');

describe('the status of a node', () => {
  it('is OK when everything is', () => {
    const status = statusOf({});
    expect(status).toMatchObject({ status: 'OK', error: false, observedGeneration: 4 });
    expect(status.conditions?.map(({ type, status: answer }) => [type, answer])).toEqual([
      ['Ready', 'True'],
      ['ComponentAvailable', 'True'],
      ['SettingsAccepted', 'True'],
      ['EdgesResolved', 'True'],
    ]);
  });

  it('names the first problem', () => {
    expect(
      statusOf({ settingsProblem: 'routes: is required' }, { unresolved: ['edge e: nowhere'] }),
    ).toMatchObject({
      status: 'routes: is required',
      error: true,
    });
    expect(
      readyOf(
        statusOf({ backgroundProblem: new TinyError('Transient', 'HANDLER_FAILED', 'port 80 is in use') }),
      ),
    ).toMatchObject({
      status: 'False',
      reason: 'WorkFailed',
      message: 'port 80 is in use',
    });
  });

  it('says what edges send that is not taken, and what cannot be told', () => {
    const edges = [{ id: 'e', port: 'out', to: 'b', toPort: 'in' }];
    const node = { ...NODE, spec: { ...NODE.spec, edges } };
    const conditionOf = (edgeTypes: EdgeTypeProblems) =>
      statusOf({}, { node, edgeTypes }).conditions?.find(({ type }) => type === 'EdgesResolved');
    expect(conditionOf({ invalid: ['edge e: no'], unknown: [] })).toMatchObject({
      status: 'False',
      reason: 'TypesInvalid',
      message: 'edge e: no',
    });
    expect(conditionOf({ invalid: [], unknown: ['edge e: perhaps'] })).toMatchObject({
      status: 'True',
      message:
        'every edge leads to a port; whether it takes what comes cannot be told for 1 of 1: edge e: perhaps',
    });
  });

  it('is not ready and no error when it was stopped on purpose', () => {
    expect(statusOf({ isRunning: false })).toMatchObject({ error: false, status: 'spec.run is false' });
    expect(readyOf(statusOf({ isRunning: false }, { isSuspended: true }))).toMatchObject({
      reason: 'Suspended',
    });
  });

  it.each([
    ['>=1.0', 'True'],
    ['^1.4', 'True'],
    ['>=2', 'False'],
    ['not a range', 'False'],
  ])('compares the version range %s with the module: %s', (version, answer) => {
    const node = { ...NODE, spec: { ...NODE.spec, version } };
    expect(readyOf(statusOf({}, { node }))?.status).toBe(answer);
  });

  it('keeps the time of a condition whose answer did not change', () => {
    const first = statusOf({}, { nowMs: 1000 });
    const node = { ...NODE, status: first };
    expect(readyOf(statusOf({}, { node, nowMs: 9000 }))?.lastTransitionTime).toBe('1970-01-01T00:00:01Z');
    expect(readyOf(statusOf({ isRunning: false }, { node, nowMs: 9000 }))?.lastTransitionTime).toBe(
      '1970-01-01T00:00:09Z',
    );
  });
});
