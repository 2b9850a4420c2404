import { TinyError } from '@tinysystems/core';
import { WaitingSends } from '../../src/edge/waiting-sends.ts';

const GONE = new TinyError('Cancelled', 'EDGE_REMOVED', 'gone');

function setup(...names: readonly string[]) {
  const sends = new WaitingSends();
  const ended: string[] = [];
  const added = new Map(names.map((name) => [name, sends.add(() => ended.push(name))]));
  const deleteSend = (name: string) => {
    const send = added.get(name);
    if (send !== undefined) sends.delete(send);
  };
  return { sends, ended, deleteSend };
}

describe('WaitingSends', () => {
  it.each([
    ['none', '', 'abc'],
    ['the first', 'a', 'bc'],
    ['one in the middle', 'b', 'ac'],
    ['the last', 'c', 'ab'],
    ['all but one, from the last on', 'cb', 'a'],
    ['all', 'bac', ''],
  ])('ends those that still wait in order when %s has ended', (_what, gone, left) => {
    const { sends, ended, deleteSend } = setup('a', 'b', 'c');
    for (const name of gone) deleteSend(name);
    expect(sends.size).toBe(left.length);
    sends.endAll(GONE);
    expect([ended.join(''), sends.size]).toEqual([left, 0]);
  });

  it('ends nothing twice, and takes others afterwards', () => {
    const { sends, ended, deleteSend } = setup('a', 'b');
    sends.endAll(GONE);
    sends.add(() => ended.push('late'));
    deleteSend('a');
    deleteSend('b');
    expect(sends.size).toBe(1);
    sends.endAll(GONE);
    expect(ended).toEqual(['a', 'b', 'late']);
  });
});
