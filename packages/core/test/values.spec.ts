import {
  DEFAULT_RETRY,
  TinyError,
  cancelled,
  delayBeforeAttemptMs,
  formatAddress,
  freezeJson,
  isJsonEqual,
  isSameModule,
  isSystemPort,
  parseAddress,
  parseDurationMs,
  sanitiseName,
  toTinyError,
} from '@tinysystems/core';

describe('parseDurationMs', () => {
  it.each([
    ['100ms', 100],
    ['5s', 5000],
    ['1.5m', 90_000],
    ['1h30m', 5_400_000],
    ['2m100ms', 120_100],
    ['0s', 0],
  ])('reads %s', (text, expected) => expect(parseDurationMs(text)).toBe(expected));

  it.each(['', '5', 's', '-5s', '5 s', '5d', '1.s', 'ms5', '5s!'])('refuses %j', (text) =>
    expect(parseDurationMs(text)).toBeUndefined(),
  );
});

describe('naming', () => {
  it.each([
    ['http_server', 'http-server'],
    ['github.com/acme/Common', 'github-com-acme-common'],
    ['--A__b--', 'a-b'],
    ['plain-1', 'plain-1'],
  ])('makes %s a name of Kubernetes', (name, expected) => expect(sanitiseName(name)).toBe(expected));

  it('takes spellings of one module for the same', () => {
    expect(isSameModule('Common_Module', 'common-module')).toBe(true);
    expect(isSameModule('common', 'common-module')).toBe(false);
  });
});

describe('addresses', () => {
  it('are read as they are written', () => {
    const address = { node: 'router.a', port: 'out_b' };
    expect(parseAddress(formatAddress(address))).toEqual(address);
  });

  it.each(['', 'node', ':port', 'node:', 'a:b:c'])('refuse %j', (text) =>
    expect(parseAddress(text)).toBeUndefined(),
  );

  it('know system ports by their first character', () => {
    expect(['_settings', '_control', '_x', 'x_'].map(isSystemPort)).toEqual([true, true, true, false]);
  });
});

describe('JSON values', () => {
  it.each([
    [{ a: 1, b: [1, { c: null }] }, { b: [1, { c: null }], a: 1 }, true],
    [{ a: 1 }, { a: 1, b: 2 }, false],
    [{ a: 1 }, { b: 1 }, false],
    [[1, 2], [2, 1], false],
    [[], {}, false],
    [null, {}, false],
    [null, null, true],
    ['1', 1, false],
  ])('%j and %j are equal: %j', (left, right, expected) => expect(isJsonEqual(left, right)).toBe(expected));

  it('are frozen in depth', () => {
    const value = freezeJson({ list: [{ deep: 1 }] });
    expect(Object.isFrozen(value.list[0])).toBe(true);
  });
});

describe('TinyError', () => {
  it('is recognised from another copy of this package', () => {
    const foreign = Object.assign(new Error('x'), { [Symbol.for('tinysystems.error')]: true });
    expect(TinyError.is(foreign)).toBe(true);
    expect([TinyError.is(new Error('x')), TinyError.is(null), TinyError.is('x')]).toEqual([
      false,
      false,
      false,
    ]);
  });

  it.each([
    [new Error('broken'), 'broken'],
    ['text', 'text'],
    [{ message: 'almost' }, 'almost'],
    [new Error(''), 'the handler failed without a message'],
  ])('wraps %p as a failure of the handler', (thrown, message) => {
    expect(toTinyError(thrown)).toMatchObject({
      kind: 'Permanent',
      code: 'HANDLER_FAILED',
      message,
      cause: thrown,
    });
  });

  it('takes the codes of the runtime, and those that begin with the name of a module', () => {
    const codes = [
      new TinyError('Permanent', 'NODE_UNKNOWN', ''),
      new TinyError('Permanent', 'my-module.SAD', ''),
      // @ts-expect-error neither in the list nor of a module
      new TinyError('Permanent', 'SAD', ''),
    ].map(({ code }) => code);
    expect(codes).toEqual(['NODE_UNKNOWN', 'my-module.SAD', 'SAD']);
  });

  it('is the reason of a signal, when that is one', () => {
    const reason = new TinyError('Timeout', 'DEADLINE_EXCEEDED', 'late');
    expect(cancelled(AbortSignal.abort(reason))).toBe(reason);
    expect(cancelled(AbortSignal.abort())).toMatchObject({ kind: 'Cancelled', code: 'CANCELLED' });
  });
});

describe('delayBeforeAttemptMs', () => {
  it('grows by the multiplier up to its limit', () => {
    const rule = { ...DEFAULT_RETRY, maxDelayMs: 500 };
    expect([2, 3, 4, 5].map((attempt) => delayBeforeAttemptMs(rule, attempt, () => 0.5))).toEqual([
      100, 200, 400, 500,
    ]);
  });

  it('varies by the jitter to both sides', () => {
    expect(delayBeforeAttemptMs(DEFAULT_RETRY, 2, () => 0)).toBeCloseTo(80);
    expect(delayBeforeAttemptMs(DEFAULT_RETRY, 2, () => 1)).toBeCloseTo(120);
  });
});
