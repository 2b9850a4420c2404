import { TinyError, component, done, input, output, reply, statefulComponent, z } from '@tinysystems/sdk';
import { FakeClock, MemoryState, eventually, runComponent } from '../src/index.ts';

const echo = component({
  name: 'echo',
  description: 'Passes on what comes in.',
  settings: z.object({ prefix: z.string().min(1).default('>') }),
  ports: {
    in: input(z.object({ text: z.string() })),
    out: output(z.object({ text: z.string() })),
    back: input(z.object({ text: z.string() })),
  },
  on: {
    in: (message, ctx) => ctx.emit('out', { text: `${ctx.settings.prefix}${message.text}` }),
    back: (message) => reply({ answered: message.text }),
  },
});

describe('runComponent', () => {
  it('answers with what the wire answers, and records the message', async () => {
    await using run = await runComponent(echo, { wire: { out: (data) => ({ got: data }) } });
    expect(await run.send('in', { text: 'a' })).toEqual({ got: { text: '>a' } });
    expect(run.emitted('out')).toEqual([{ text: '>a' }]);
  });

  it('answers undefined when nobody answers', async () => {
    await using run = await runComponent(echo);
    expect(await run.send('in', { text: 'a' })).toBeUndefined();
  });

  it('fails as the runtime does', async () => {
    await using run = await runComponent(echo);
    await expect(run.send('in', { text: 1 })).rejects.toMatchObject({
      kind: 'Permanent',
      code: 'MESSAGE_INVALID',
    });
    await expect(run.send('nowhere', {})).rejects.toMatchObject({ code: 'PORT_UNKNOWN' });
    await expect(run.send('_control', {})).rejects.toMatchObject({ code: 'PORT_FORBIDDEN' });
  });

  it('fails a handler that writes into its message', async () => {
    const writes = component({
      name: 'writes',
      description: 'Writes into what it gets.',
      ports: { in: input(z.object({ list: z.array(z.number()) })) },
      on: { in: ({ list }) => ((list as number[]).push(1), done) },
    });
    await using run = await runComponent(writes);
    await expect(run.send('in', { list: [] })).rejects.toMatchObject({ code: 'HANDLER_FAILED' });
  });

  it('passes the failure of a wire to the caller', async () => {
    const wire = { out: () => Promise.reject(new Error('broken')) };
    await using run = await runComponent(echo, { wire });
    await expect(run.send('in', { text: 'a' })).rejects.toMatchObject({
      code: 'HANDLER_FAILED',
      message: 'broken',
    });
  });

  it('leads an edge back to the node through its mapping', async () => {
    const loops = [{ port: 'out', toPort: 'back', configuration: { text: '{{$.text}}!' } }];
    await using run = await runComponent(echo, { loops });
    expect(await run.send('in', { text: 'a' })).toEqual({ answered: '>a!' });
  });

  it('takes new settings, and reports the ones that are refused', async () => {
    await using run = await runComponent(echo, { settings: { prefix: '1' } });
    await run.update({ settings: { prefix: '2' } });
    await run.send('in', { text: 'a' });
    const refused = await run.update({ settings: { prefix: '' } });
    expect(refused.settingsProblem).toContain('prefix');
    expect(run.emitted('out')).toEqual([{ text: '2a' }]);
  });

  it('ends a chain at its deadline of the given clock', async () => {
    const clock = new FakeClock();
    const wire = { out: () => new Promise<undefined>(() => undefined) };
    const run = await runComponent(echo, { clock, wire });
    const sent = run.send('in', { text: 'a' }, { timeoutMs: 50 });
    const failed = expect(sent).rejects.toMatchObject({ kind: 'Timeout', code: 'DEADLINE_EXCEEDED' });
    await clock.advance(50);
    await failed;
    const ended = run.end('released');
    await clock.advance(10_000);
    await ended;
  });

  it('shares one state between replicas', async () => {
    const counter = statefulComponent({
      name: 'counter',
      description: 'Keeps the last text.',
      ports: { in: input(z.object({ text: z.string() })) },
      control: { schema: z.object({ text: z.string(), seen: z.int() }) },
      create: (node) => {
        let seen = 0;
        node.state.onChange(() => (seen += 1));
        return {
          on: { in: async ({ text }) => (await node.state.set('text', text), done) },
          view: () => ({ text: node.state.get('text') ?? '', seen }),
        };
      },
    });
    const state = new MemoryState();
    await using one = await runComponent(counter, { state });
    await using other = await runComponent(counter, { state });
    await one.send('in', { text: 'x' });
    expect(one.view).toEqual({ text: 'x', seen: 0 });
    expect(other.view).toEqual({ text: 'x', seen: 1 });
  });

  it.each([
    ['64 KiB', undefined, 64 * 1024],
    ['what the component asks for', 100_000, 100_000],
  ])('keeps as much as %s, and refuses more as the runtime does', async (_what, maxStateBytes, most) => {
    const keeper = statefulComponent({
      name: 'keeper',
      description: 'Keeps a text of a length.',
      ports: { in: input(z.int()) },
      ...(maxStateBytes !== undefined && { maxStateBytes }),
      create: (node) => ({
        on: { in: async (length) => (await node.state.set('k', 'x'.repeat(length)), done) },
      }),
    });
    await using run = await runComponent(keeper);
    await run.send('in', most - 1);
    await expect(run.send('in', most)).rejects.toMatchObject({
      kind: 'Permanent',
      code: 'STATE_TOO_LARGE',
      message: expect.stringContaining('state of node node would have'),
    });
    expect(run.state.get('k')).toHaveLength(most - 1);
  });
});

describe('what a component detaches', () => {
  const forward = component({
    name: 'forward',
    description: 'Passes on, and does not wait.',
    errorPort: true,
    ports: { in: input(z.object({ context: z.unknown() })), out: output(z.unknown()) },
    on: { in: async (message, ctx) => (await ctx.detach('out', message), done) },
  });
  const wire = { out: () => Promise.reject(new TinyError('Transient', 'forward.AWAY', 'nobody there')) };

  it('fails to the error port where that is on', async () => {
    await using run = await runComponent(forward, { settings: { enableErrorPort: true }, wire });
    expect(await run.send('in', { context: 7 })).toBeUndefined();
    await eventually(() => run.emitted('error').length > 0);
    expect(run.emitted('error')).toEqual([{ context: 7, error: 'nobody there', retryable: true }]);
    expect(run.warnings).toEqual([]);
  });

  it('fails to one warning a minute where it is off', async () => {
    const clock = new FakeClock();
    await using run = await runComponent(forward, { wire, clock });
    const warning = 'EmissionFailed: a message that nobody waits for failed: nobody there';
    for (const waitMs of [0, 59_999, 1]) {
      await clock.advance(waitMs);
      await run.send('in', { context: 7 });
      await clock.advance(0); // it has failed by now
    }
    await run.end('released');
    expect(run.emitted('out')).toHaveLength(3);
    expect(run.warnings).toEqual([warning, warning]);
  });
});

describe('eventually', () => {
  it('waits until the condition is not false', async () => {
    let looks = 0;
    expect(await eventually(() => ++looks > 2 && 'now')).toBe('now');
  });

  it('says why the condition never held', async () => {
    const looking = eventually(() => Promise.reject(new Error('still red')), { timeoutMs: 20 });
    await expect(looking).rejects.toThrow('within 20 ms: still red');
  });
});

describe('FakeClock', () => {
  it('runs what is due in order of time, and nothing else', async () => {
    const clock = new FakeClock(0);
    const ran: string[] = [];
    clock.after(20, () => ran.push(`b at ${clock.now()}`));
    clock.after(10, () => ran.push(`a at ${clock.now()}`));
    clock.after(31, () => ran.push('too late'));
    clock.after(5, () => ran.push('taken back'))();
    await clock.advance(30);
    expect(ran).toEqual(['a at 10', 'b at 20']);
    expect([clock.now(), clock.pending]).toEqual([30, 1]);
  });

  it('runs what a callback asks for within the same advance', async () => {
    const clock = new FakeClock(0);
    const ran: number[] = [];
    clock.after(10, () => clock.after(10, () => ran.push(clock.now())));
    await clock.advance(25);
    expect(ran).toEqual([20]);
  });

  it('ends a sleep with the reason of its signal', async () => {
    const clock = new FakeClock(0);
    const stop = new AbortController();
    const slept = expect(clock.sleep(10, stop.signal)).rejects.toThrow('enough');
    stop.abort(new Error('enough'));
    await slept;
    expect(clock.pending).toBe(0);
  });
});
