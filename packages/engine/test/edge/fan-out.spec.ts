import { type Json, TinyError } from '@tinysystems/core';
import { joinBranches } from '../../src/edge/fan-out.ts';
import { Flow, Gate, node, pass, port } from '../flow.ts';
import { turn } from '../turn.ts';

const fail = (
  code: 'QUEUE_FULL' | 'NODE_STOPPED' | 'HANDLER_FAILED',
  kind: TinyError['kind'] = 'Permanent',
) => Promise.reject(new TinyError(kind, code, `failed with ${code}`, { retryAfterMs: 5 }));
const later = async (value: Json | undefined) => (await turn(), value);

describe('joinBranches', () => {
  it('answers with the first reply in the order of the edges, not of time', async () => {
    const branches = [later(undefined), later('second'), Promise.resolve('third')];
    await expect(joinBranches(branches, 'all')).resolves.toBe('second');
  });

  it('takes null for a reply', async () => {
    await expect(joinBranches([later(null), later('x')], 'all')).resolves.toBeNull();
  });

  it('answers nothing when no branch does', async () => {
    await expect(joinBranches([later(undefined), later(undefined)], 'all')).resolves.toBeUndefined();
  });

  it('fails with the first failure in the order of the edges, the others in its branches', async () => {
    const branches = [
      later('answer'),
      (async () => (await turn(), fail('QUEUE_FULL', 'Overloaded')))(),
      fail('NODE_STOPPED'),
    ];
    await expect(joinBranches(branches, 'all')).rejects.toMatchObject({
      kind: 'Overloaded',
      code: 'QUEUE_FULL',
      retryAfterMs: 5,
      branches: [{ code: 'NODE_STOPPED' }],
    });
  });

  it('ignores failures where the port says settled, unless all branches failed', async () => {
    await expect(joinBranches([fail('QUEUE_FULL'), later(undefined)], 'settled')).resolves.toBeUndefined();
    await expect(joinBranches([fail('QUEUE_FULL'), later('x')], 'settled')).resolves.toBe('x');
    await expect(joinBranches([fail('QUEUE_FULL'), fail('NODE_STOPPED')], 'settled')).rejects.toMatchObject({
      code: 'QUEUE_FULL',
    });
  });
});

describe('a fan-out', () => {
  it('starts its branches in the order of the spec and ends with the last one, whatever fails before', async () => {
    const gate = new Gate();
    const started: string[] = [];
    await using flow = new Flow({
      pass: { handle: pass },
      fails: { handle: (_message, _scope, self) => (started.push(self.name), fail('HANDLER_FAILED')) },
      waits: {
        handle: async (_message, scope, self) => (
          started.push(self.name),
          await gate.opened,
          started.push(scope.signal.aborted ? 'aborted' : 'ended'),
          scope.emit('out', 1)
        ),
      },
    });
    await flow.apply(
      node('a', 'pass', { edges: [{ to: 'z' }, { to: 'b' }] }),
      node('z', 'waits'),
      node('b', 'fails'),
    );
    const call = flow.signal('a');
    const failure = expect(call).rejects.toMatchObject({ code: 'HANDLER_FAILED' });
    await turn();
    expect(started).toEqual(['z', 'b']);
    gate.open();
    await failure;
    expect(started).toEqual(['z', 'b', 'ended']);
  });

  it('follows the policy of its port', async () => {
    const ports = () => [port('in', 'in'), port('out', 'out', { branches: 'settled' })];
    await using flow = new Flow({
      pass: { handle: pass, ports },
      fails: { handle: () => fail('HANDLER_FAILED') },
      echo: {},
    });
    await flow.apply(
      node('a', 'pass', { edges: [{ to: 'b' }, { to: 'c' }] }),
      node('b', 'fails'),
      node('c', 'echo'),
    );
    await expect(flow.signal('a', { n: 1 })).resolves.toEqual({ n: 1 });
  });
});
