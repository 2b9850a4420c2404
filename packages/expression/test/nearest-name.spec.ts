import { nearestName } from '../src/analysis/index.ts';

describe('nearestName', () => {
  it.each([
    ['statuscode', 'statusCode'],
    ['status_code', 'statusCode'],
    ['contxt', 'context'],
    ['nmae', 'name'],
    ['a', undefined],
    ['something else', undefined],
  ])('takes %s for %s', (name, meant) => {
    expect(nearestName(name, ['statusCode', 'context', 'name', 'b'])).toBe(meant);
  });
});
