import { runComponent } from '@tinysystems/testing';
import { router } from '../src/components/router.ts';

const wire = { out_a: () => 'from a', out_b: () => 'from b', default: () => 'from default' };
const when = (...conditions: readonly (readonly [string, boolean])[]) => ({
  context: { n: 1 },
  conditions: conditions.map(([route, condition]) => ({ route, condition })),
});

describe('router', () => {
  it('sends the context down the first route that is true, and answers with its answer', async () => {
    await using run = await runComponent(router, { wire });
    expect(await run.send('input', when(['A', false], ['B', true], ['A', true]))).toBe('from b');
    expect(run.emitted('out_b')).toEqual([{ context: { n: 1 } }]);
    expect(run.emitted('out_a')).toEqual([]);
  });

  it('compares names of routes without case', async () => {
    await using run = await runComponent(router, { wire });
    expect(await run.send('input', when(['a', true]))).toBe('from a');
  });

  it('fails when no condition is true, and says what to do', async () => {
    await using run = await runComponent(router, { wire });
    await expect(run.send('input', when(['A', false]))).rejects.toMatchObject({
      kind: 'Permanent',
      code: 'common-module.NO_ROUTE',
      message: expect.stringMatching(/no condition was true.*enableDefaultPort/),
    });
  });

  it('stops at an unknown route, and says which routes there are', async () => {
    await using run = await runComponent(router, { wire });
    await expect(run.send('input', when(['C', true], ['A', true]))).rejects.toThrow('no route C, only A, B');
    expect(run.emitted('out_a')).toEqual([]);
  });

  it('sends what no route takes to the default port, when it is enabled', async () => {
    await using run = await runComponent(router, { settings: { enableDefaultPort: true }, wire });
    expect(await run.send('input', when(['A', false]))).toBe('from default');
    expect(await run.send('input', when(['C', true], ['A', true]))).toBe('from default');
    expect(run.emitted('default')).toEqual([{ context: { n: 1 } }, { context: { n: 1 } }]);
  });

  it('declares one port for each route, and the default port only when it is enabled', async () => {
    await using run = await runComponent(router, { settings: { routes: ['High Load', 'b'] } });
    const names = () => run.report.ports.filter((port) => port.source).map((port) => port.name);
    expect(names()).toEqual(['out_b', 'out_high load']);
    await run.update({ settings: { routes: ['b'], enableDefaultPort: true } });
    expect(names()).toEqual(['default', 'out_b']);
  });

  it.each([
    ['differ in case only', ['a', 'A'], 'differ in more than case'],
    ['are equal', ['a', 'a'], 'duplicate'],
    ['are none', [], 'routes'],
    ['hold a colon', ['a:b'], 'routes[0]'],
  ])('refuses routes that %s', async (_what, routes, problem) => {
    await using run = await runComponent(router, { settings: { routes } });
    expect(run.report.settingsProblem).toContain(problem);
  });

  it('refuses a condition that is no boolean, and names it', async () => {
    await using run = await runComponent(router);
    const message = { context: 1, conditions: [{ route: 'A', condition: 'yes' }] };
    await expect(run.send('input', message)).rejects.toMatchObject({
      code: 'MESSAGE_INVALID',
      message: expect.stringContaining('conditions[0].condition'),
    });
  });
});
