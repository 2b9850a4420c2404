import type { TinySignal } from '@tinysystems/api';
import { msUntilExpiry } from '../../src/reconcilers/signal-expiry.ts';

const NOON = Date.parse('2026-01-01T12:00:00Z');
const signal = (completedAt: string, ttlSecondsAfterFinished?: number): TinySignal => ({
  metadata: { creationTimestamp: '2026-01-01T11:59:50Z' },
  spec: { node: 'n', port: 'in', ...(ttlSecondsAfterFinished !== undefined && { ttlSecondsAfterFinished }) },
  status: { phase: 'Delivered', completedAt },
});

describe('the time to live of an ended signal', () => {
  it('counts from its end', () => {
    expect(msUntilExpiry(signal('2026-01-01T11:59:55Z'), NOON)).toBe(55_000);
    expect(msUntilExpiry(signal('2026-01-01T11:59:55Z', 5), NOON)).toBe(0);
  });

  it('is 60 s after success and 600 s after failure when the signal does not say it', () => {
    const delivered = signal('2026-01-01T12:00:00Z');
    expect(msUntilExpiry(delivered, NOON)).toBe(60_000);
    const failed = { ...delivered, status: { ...delivered.status, phase: 'Failed' as const } };
    expect(msUntilExpiry(failed, NOON)).toBe(600_000);
  });

  it('is never longer than it says when the clock of the writer was fast', () => {
    expect(msUntilExpiry(signal('2026-01-01T13:00:00Z'), NOON)).toBe(60_000);
    expect(msUntilExpiry(signal('2026-01-01T13:00:00Z', 0), NOON)).toBe(0);
  });

  it('counts from the creation when the clock of the writer was slow', () => {
    expect(msUntilExpiry(signal('2026-01-01T11:00:00Z'), NOON)).toBe(50_000);
  });
});
