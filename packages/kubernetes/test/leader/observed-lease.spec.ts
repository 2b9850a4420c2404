import type { Lease } from '../../src/leader/lease.ts';
import { ObservedLease } from '../../src/leader/observed-lease.ts';

describe('ObservedLease', () => {
  it('ends its duration after it was last seen to change', () => {
    const observed = new ObservedLease();
    observed.see(lease('10', 'a'), 1_000);
    observed.see(lease('10', 'a'), 9_000);

    expect(observed).toMatchObject({ holder: 'a', transitions: 3, endsAtMs: 16_000 });
  });

  it('ignores a sight that is older than the last one', () => {
    const observed = new ObservedLease();
    observed.see(lease('10', 'a'), 1_000);
    observed.see(lease('9', 'b'), 2_000);
    observed.seeDeleted(lease('8', 'b'));

    expect(observed).toMatchObject({ holder: 'a', endsAtMs: 16_000 });
  });

  it('has no holder when the lease is released, deleted or was never seen', () => {
    const observed = new ObservedLease();
    expect(observed.holder).toBeUndefined();
    observed.see(lease('10', ''), 0);
    expect(observed.holder).toBeUndefined();
    observed.see(lease('11', 'a'), 0);
    observed.seeDeleted(lease('12', 'a'));

    expect(observed).toMatchObject({ holder: undefined, lease: undefined, transitions: 0 });
  });
});

function lease(resourceVersion: string, holderIdentity: string): Lease {
  return {
    metadata: { name: 'job', resourceVersion },
    spec: { holderIdentity, leaseDurationSeconds: 15, leaseTransitions: 3 },
  };
}
