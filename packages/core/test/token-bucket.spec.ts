import { TokenBucket } from '@tinysystems/core';
import { FakeClock } from '@tinysystems/core/testing';

describe('TokenBucket', () => {
  it('lets a burst through, then so many a second', async () => {
    const clock = new FakeClock();
    const bucket = new TokenBucket({ perSecond: 10, burst: 3, clock });
    const take = (tries: number) => Array.from({ length: tries }, () => bucket.take()).filter(Boolean).length;
    expect(take(5)).toBe(3);
    await clock.advance(100);
    expect(take(5)).toBe(1);
    await clock.advance(60_000);
    expect(take(5)).toBe(3);
  });
});
