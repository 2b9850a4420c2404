import { Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { type ErrorKind, TinyError } from '@tinysystems/core';
import { fromStatus, toStatus } from '@tinysystems/transport';

const TABLE: readonly (readonly [ErrorKind, status])[] = [
  ['Transient', status.UNAVAILABLE],
  ['Permanent', status.FAILED_PRECONDITION],
  ['Cancelled', status.CANCELLED],
  ['Timeout', status.DEADLINE_EXCEEDED],
  ['Overloaded', status.RESOURCE_EXHAUSTED],
];

function received(sent: { code: status; details: string; metadata?: Metadata }): ServiceError {
  return Object.assign(new Error(sent.details), { metadata: new Metadata(), ...sent });
}

describe('the status of an error', () => {
  it.each(TABLE)('%s goes over the wire as %d and comes back the same', (kind, code) => {
    const sent = toStatus(new TinyError(kind, 'http-module.SAD', 'sad news: ü', { retryAfterMs: 12 }));
    expect(sent.code).toBe(code);
    expect(fromStatus(received(sent), 'module x')).toMatchObject({
      kind,
      code: 'http-module.SAD',
      message: 'sad news: ü',
      retryAfterMs: 12,
    });
  });

  it('keeps "no time given" apart from "now"', () => {
    const back = (retryAfterMs: number | undefined) =>
      fromStatus(received(toStatus(new TinyError('Transient', 'QUEUE_FULL', 'x', { retryAfterMs }))), '')
        .retryAfterMs;
    expect([back(undefined), back(0), back(Number.NaN)]).toEqual([undefined, 0, undefined]);
  });

  it('can be written whatever a module put into its error', () => {
    const odd = toStatus(
      new TinyError('Nonsense' as ErrorKind, 'größe\n.X', `lone \ud800 ${'long '.repeat(1000)}`),
    );
    expect(odd).toMatchObject({ code: status.FAILED_PRECONDITION });
    expect(odd.details.length).toBe(1000);
    expect(() => encodeURI(odd.details)).not.toThrow();
    expect(fromStatus(received(odd), '')).toMatchObject({ kind: 'Permanent', code: 'HANDLER_FAILED' });
  });
});

describe('the error behind a foreign status', () => {
  it.each<[string, status, string, Partial<TinyError>]>([
    [
      'no connection',
      status.UNAVAILABLE,
      'gone',
      { kind: 'Transient', code: 'MODULE_UNREACHABLE', message: 'module x: gone' },
    ],
    ['a deadline', status.DEADLINE_EXCEEDED, 'late', { kind: 'Timeout', code: 'DEADLINE_EXCEEDED' }],
    ['a cancelled call', status.CANCELLED, 'left', { kind: 'Cancelled', code: 'CANCELLED' }],
    ['a crowded peer', status.RESOURCE_EXHAUSTED, 'busy', { kind: 'Overloaded', code: 'QUEUE_FULL' }],
    [
      'a message above the limit',
      status.RESOURCE_EXHAUSTED,
      'Received message larger than max (5 vs 4)',
      { kind: 'Permanent', code: 'MESSAGE_TOO_LARGE' },
    ],
    ['anything else', status.UNIMPLEMENTED, 'what?', { kind: 'Permanent', code: 'HANDLER_FAILED' }],
  ])('is found for %s', (_case, code, details, expected) =>
    expect(fromStatus(received({ code, details }), 'module x')).toMatchObject(expected),
  );

  it('does not believe in a kind that is none', () => {
    const metadata = new Metadata();
    metadata.set('x-tiny-kind', 'toString');
    metadata.set('x-tiny-code', 'X');
    expect(fromStatus(received({ code: status.UNAVAILABLE, details: 'x', metadata }), '')).toMatchObject({
      kind: 'Transient',
    });
  });
});
