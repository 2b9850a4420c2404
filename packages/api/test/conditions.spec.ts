import { MAX_MESSAGE_LENGTH, clipMessage, stampConditions } from '@tinysystems/api';

const draft = (message: string) => ({ type: 'Ready', status: 'True' as const, reason: 'Ready', message });

describe('conditions', () => {
  it('keep the time of an answer that did not change', () => {
    const first = stampConditions(undefined, [draft('a')], 1000);
    expect(stampConditions(first, [draft('b')], 9000)).toMatchObject([
      { message: 'b', lastTransitionTime: '1970-01-01T00:00:01Z' },
    ]);
  });

  it('have messages that a server takes and a person reads', () => {
    const book = 'x'.repeat(100_000);
    expect(stampConditions(undefined, [draft(book)], 0)[0]?.message).toHaveLength(MAX_MESSAGE_LENGTH);
    expect(clipMessage(book)).toMatch(/x …$/);
    expect(clipMessage('short')).toBe('short');
  });
});
