import { age } from '../../src/resources/columns.ts';

const START = '2026-01-01T00:00:00Z';
const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

describe('age', () => {
  it.each([
    [0, '0s'],
    [119, '119s'],
    [2 * MINUTE, '2m'],
    [3 * MINUTE + 12, '3m12s'],
    [11 * MINUTE + 5, '11m'],
    [3 * HOUR + 5 * MINUTE, '3h5m'],
    [12 * HOUR, '12h'],
    [2 * DAY + HOUR, '2d1h'],
    [100 * DAY, '100d'],
    [800 * DAY, '2y70d'],
  ])('shows %d seconds as %s', (seconds, expected) => {
    expect(age(START, Date.parse(START) + seconds * 1000)).toBe(expected);
  });

  it('says when it does not know', () => {
    expect([age(undefined, 0), age('soon', 0)]).toEqual(['<unknown>', '<invalid>']);
  });
});
