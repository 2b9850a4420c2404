import {
  type Component,
  type Json,
  component,
  done,
  input,
  output,
  statefulComponent,
  z,
} from '@tinysystems/sdk';
import { TestCluster } from '@tinysystems/testing';

const MIB = 1024 * 1024;

/** Takes so much of its module's budget that nothing else fits, until it is told to let go. */
class Hoard {
  #charge: Disposable | undefined;

  readonly component: Component = statefulComponent({
    name: 'hoard',
    description: 'Has taken in what nobody has answered.',
    ports: { in: input(z.unknown()) },
    create: (node) => ({
      on: {
        in: () => {
          const charge = node.charge();
          charge.add(64 * MIB - 1); // The signal that tells it to has the last byte.
          this.#charge = charge;
          return done;
        },
      },
    }),
  });

  letGo(): void {
    this.#charge?.[Symbol.dispose]();
  }
}

const pass = component({
  name: 'pass',
  description: 'Passes a message on.',
  ports: { in: input(z.unknown()), out: output(z.unknown()) },
  on: { in: (message, ctx) => ctx.emit('out', message) },
});
const take = component({
  name: 'take',
  description: 'Takes a message.',
  ports: { in: input(z.unknown()) },
  on: { in: () => done },
});

describe('the budget of a module', () => {
  it('is one for what its nodes take in, for signals and for what comes from other modules', async () => {
    const hoard = new Hoard();
    await using cluster = await TestCluster.start();
    await cluster.startModule('alpha', [hoard.component, take]);
    await cluster.startModule('beta', [pass]);
    await cluster.createNode('hoard', { module: 'alpha', component: 'hoard' });
    await cluster.createNode('take', { module: 'alpha', component: 'take' });
    const edges = [{ id: 'on', port: 'out', to: 'take', toPort: 'in' }];
    await cluster.createNode('pass', { module: 'beta', component: 'pass', edges });
    await cluster.ready('hoard', 'take', 'pass');
    const signal = async (name: string, node: string, data: Json = { text: 'hello' }) => {
      await cluster.createSignal(name, { node, port: 'in', data });
      const { phase, message } = (await cluster.ended(name)).status ?? {};
      return { phase, message };
    };
    expect(await signal('hoards', 'hoard', 1)).toMatchObject({ phase: 'Delivered' });
    expect(await signal('refused', 'pass')).toMatchObject({
      phase: 'Failed',
      message: expect.stringContaining('bytes are in flight in this module'),
    });
    expect(await signal('refused-too', 'take')).toMatchObject({
      phase: 'Failed',
      message: expect.stringContaining('bytes are in flight in this module'),
    });
    hoard.letGo();
    expect(await signal('taken-too', 'take')).toMatchObject({ phase: 'Delivered' });
    expect(await signal('taken', 'pass')).toMatchObject({ phase: 'Delivered' });
  });
});
