import type { TinyModule } from '@tinysystems/api';
import { FakeClock } from '@tinysystems/core/testing';
import { ComponentRegistry } from '@tinysystems/engine';
import { ApiError, type ResourceClient } from '@tinysystems/kubernetes';
import { ModulePublisher } from '../../src/discovery/module-publisher.ts';
import type { Caches } from '../../src/resources/caches.ts';
import { Leadership } from '../../src/resources/leadership.ts';

const MODULE = { name: 'alpha', version: '1.2.3', sdkVersion: '0.1.0' };
const IMAGE = 'alpha:1.2.3';

describe('ModulePublisher', () => {
  it('begins a term by storing an epoch above the stored one, under the resourceVersion it has read', async () => {
    const test = start({ image: IMAGE, leaderEpoch: 6 });
    await test.publisher.beginTerm(new AbortController().signal);

    expect(test.patches).toEqual([{ metadata: { resourceVersion: '7' }, status: { leaderEpoch: 7 } }]);
    expect(test.leadership.epoch).toBe(7);
  });

  it('writes the status with its epoch and the resourceVersion of what it has seen', async () => {
    const test = start({ image: IMAGE, leaderEpoch: 6 });
    test.leadership.begin(6);
    await test.publisher.reconcile('default/alpha', new AbortController().signal);

    expect(test.patches).toEqual([
      {
        metadata: { resourceVersion: '7' },
        status: expect.objectContaining({ leaderEpoch: 7, version: '1.2.3' }),
      },
    ]);
  });

  it('corrects the image under the resourceVersion of what it has seen', async () => {
    const test = start({ image: 'alpha:1.0.0' });
    test.leadership.begin(0);
    await test.publisher.reconcile('default/alpha', new AbortController().signal);

    expect(test.patches).toEqual([{ metadata: { resourceVersion: '7' }, spec: { image: IMAGE } }]);
  });

  it('writes nothing as leader once its lease has ended by the clock', async () => {
    const test = start({ image: 'alpha:1.0.0' });
    test.leadership.begin(0);
    test.elector.isHeld = false;
    await test.publisher.reconcile('default/alpha', new AbortController().signal);

    expect(test.patches).toEqual([]);
  });
});

function start({ image, leaderEpoch }: { readonly image: string; readonly leaderEpoch?: number }) {
  const own: TinyModule = {
    apiVersion: 'operator.tinysystems.io/v1alpha1',
    kind: 'TinyModule',
    metadata: { name: 'alpha', namespace: 'default', resourceVersion: '7', generation: 1 },
    spec: { image },
    ...(leaderEpoch !== undefined && { status: { leaderEpoch } }),
  };
  const patches: unknown[] = [];
  const elector = { term: 1, leaseTransitions: 0, isHeld: true, holdsLease: () => elector.isHeld };
  const leadership = new Leadership(elector);
  const client = {
    create: () => {
      throw new ApiError({ code: 409, reason: 'AlreadyExists', message: 'there is one', request: 'POST' });
    },
    get: async () => own,
    patch: async (_: string, patch: object) => {
      patches.push(patch);
      return own;
    },
  };
  const publisher = new ModulePublisher({
    module: MODULE,
    namespace: 'default',
    identity: 'alpha-0-abc',
    serviceAddress: undefined,
    diagnosticsAddress: () => '127.0.0.1:8082',
    components: new ComponentRegistry([]),
    caches: { modules: { lister: { get: () => own } } } as unknown as Caches,
    client: client as unknown as ResourceClient<TinyModule>,
    leadership,
    clock: new FakeClock(),
    log: { debug: ignore, info: ignore, warn: ignore, error: ignore },
  });
  return { publisher, patches, leadership, elector };
}

const ignore = () => undefined;
