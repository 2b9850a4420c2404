import { REDACTED, SecretMask, TinyError } from '@tinysystems/core';

describe('SecretMask', () => {
  it('hides held texts wherever they stand, and only for as long as somebody holds them', () => {
    const mask = new SecretMask();
    const [first, second] = [mask.hold(['hunter22']), mask.hold(['hunter22'])];
    expect(mask.text('password hunter22, hunter22!')).toBe(`password ${REDACTED}, ${REDACTED}!`);
    first();
    first();
    expect(mask.text('hunter22')).toBe(REDACTED);
    second();
    expect(mask.text('hunter22')).toBe('hunter22');
  });

  it('hides a secret that contains another one as a whole', () => {
    const mask = new SecretMask();
    mask.hold(['abcd', 'xxabcdxx']);
    expect(mask.text('xxabcdxx abcd')).toBe(`${REDACTED} ${REDACTED}`);
  });

  it('hides a secret in the form it has in a line of JSON', () => {
    const mask = new SecretMask();
    mask.hold(['-----BEGIN\nabc"']);
    expect(mask.text(JSON.stringify({ err: 'bad key -----BEGIN\nabc"' }))).toBe(
      `{"err":"bad key ${REDACTED}"}`,
    );
  });

  it('leaves texts that are too short to be told from others', () => {
    const mask = new SecretMask();
    mask.hold(['abc']);
    expect(mask.text('abc')).toBe('abc');
  });

  it('hides in values: texts, keys and numbers', () => {
    const mask = new SecretMask();
    mask.hold(['hunter22', '98765']);
    expect(mask.json({ hunter22: ['is hunter22', 98765, 1, null] })).toEqual({
      [REDACTED]: [`is ${REDACTED}`, REDACTED, 1, null],
    });
  });

  it('takes secrets out of an error, of what caused it and of its branches, and keeps what it is', () => {
    const mask = new SecretMask();
    mask.hold(['hunter22']);
    const branch = new TinyError('Timeout', 'DEADLINE_EXCEEDED', 'no answer to hunter22');
    const masked = mask.error(
      new TinyError('Transient', 'x.FAILED', 'refused', {
        cause: new Error('bad hunter22'),
        retryAfterMs: 5,
        branches: [branch],
      }),
    );
    expect(masked).toMatchObject({
      kind: 'Transient',
      code: 'x.FAILED',
      message: 'refused',
      retryAfterMs: 5,
    });
    expect(masked.cause).toBeUndefined();
    expect(masked.branches[0]?.message).toBe(`no answer to ${REDACTED}`);
    const clean = new TinyError('Permanent', 'x.FAILED', 'refused', { cause: new Error('bad') });
    expect(mask.error(clean)).toBe(clean);
  });
});
