import { Flow, echo, node, pass } from '../flow.ts';

/** An event loop that a test blocks and frees. */
class TestLoop {
  isBlocked = false;
  readonly blamed: string[] = [];

  blame(name: string): void {
    this.blamed.push(name);
  }

  /** What somebody sees who takes the first name when the loop turns again. */
  turn(): string | undefined {
    this.isBlocked = false;
    return this.blamed.splice(0)[0];
  }
}

describe('a blocked event loop', () => {
  it('is blamed on the node whose handler blocked it, not on those that wait for it', async () => {
    const loop = new TestLoop();
    await using flow = new Flow(
      {
        pass: { handle: pass },
        block: {
          handle: (message) => {
            loop.isBlocked = true;
            return echo(message, undefined as never, undefined as never);
          },
        },
      },
      { loop },
    );
    await flow.apply(node('a', 'pass', { edges: [{ to: 'b' }] }), node('b', 'block'));
    await flow.signal('a');

    expect(loop.turn()).toBe('b');
  });

  it('is blamed on a handler that blocks it after it has waited', async () => {
    const loop = new TestLoop();
    await using flow = new Flow(
      {
        late: {
          handle: async (message) => {
            await new Promise((resolve) => setImmediate(resolve));
            loop.isBlocked = true;
            return echo(message, undefined as never, undefined as never);
          },
        },
      },
      { loop },
    );
    await flow.apply(node('late', 'late'));
    const sent = flow.signal('late');
    expect(loop.blamed).toEqual([]);
    await sent;

    expect(loop.turn()).toBe('late');
  });

  it('is blamed on a handler that throws', async () => {
    const loop = new TestLoop();
    await using flow = new Flow(
      {
        throws: {
          handle: () => {
            loop.isBlocked = true;
            throw new Error('mine');
          },
        },
      },
      { loop },
    );
    await flow.apply(node('a', 'throws'));
    await expect(flow.signal('a')).rejects.toThrow('mine');

    expect(loop.turn()).toBe('a');
  });

  it('that turns is blamed on nobody', async () => {
    const loop = new TestLoop();
    await using flow = new Flow({ echo: {} }, { loop });
    await flow.apply(node('a', 'echo'));
    await flow.signal('a');

    expect(loop.blamed).toEqual([]);
  });
});
