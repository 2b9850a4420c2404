import { Leadership } from '../../src/resources/leadership.ts';

describe('Leadership', () => {
  it('begins each term with an epoch above all that were stored, and above the changes of the Lease', () => {
    const { elector, leadership } = start();
    expect(leadership.begin(0)).toBe(1);
    expect(leadership.begin(41)).toBe(42);
    elector.leaseTransitions = 50;
    expect(leadership.begin(41)).toBe(51);
  });

  it('has no epoch outside a term', () => {
    const { leadership } = start();
    expect(leadership.epoch).toBeUndefined();
    leadership.begin(6);
    expect(leadership).toMatchObject({ epoch: 7, isLeading: true });
    expect(leadership.end()).toBe(true);
    expect(leadership).toMatchObject({ epoch: undefined, isLeading: false });
    expect(leadership.end()).toBe(false);
  });

  it('has no epoch from the moment the lease ends by the clock', () => {
    const { elector, leadership } = start();
    leadership.begin(0);
    elector.isHeld = false;
    expect(leadership).toMatchObject({ epoch: undefined, isLeading: false });
  });

  it('does not take the epoch of one term into the next: another may have led in between', () => {
    const { elector, leadership } = start();
    leadership.begin(0);
    elector.term = 2;
    expect(leadership.epoch).toBeUndefined();
    leadership.end();
    leadership.begin(2);
    expect(leadership.epoch).toBe(3);
  });

  it('leads always where there is no election', () => {
    const leadership = new Leadership(undefined);
    leadership.begin(4);
    expect(leadership.epoch).toBe(5);
  });
});

function start() {
  const elector = { term: 1, leaseTransitions: 0, isHeld: true, holdsLease: () => elector.isHeld };
  return { elector, leadership: new Leadership(elector) };
}
