import { Frame as WireFrame } from '@tinysystems/proto';
import { type JsonText, NO_TEXT, jsonText } from '../src/codec.ts';
import type { Frame } from '../src/frame.ts';
import { FrameCodec } from '../src/frame-codec.ts';
import { frameOf } from './fake-stream.ts';

const call = (id: number, change: Partial<Frame['calls'][number]> = {}) => ({
  id,
  from: 'sender:out',
  to: 'a:in',
  edgeId: 'e',
  payload: jsonText('{"a":"ü"}'),
  remainingMs: 60_000,
  depth: 3,
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  passed: 'a,b',
  ...change,
});
const failure = {
  id: 7,
  kind: 'Transient',
  code: 'NODE_NOT_READY',
  message: 'not yet',
  retryAfterMs: 100,
  branches: [],
  unstarted: true,
  failedAt: 'größe',
};

/** The frame as generated code has it. */
const toWire = ({ calls, replies, ...others }: Frame): WireFrame => ({
  ...others,
  calls: calls.map(({ payload, ...call }) => ({ ...call, payload: bytesOf(payload) })),
  replies: replies.map(({ id, data }) => ({ id, data: bytesOf(data) })),
});
const bytesOf = ({ text }: JsonText) => Buffer.from(text);

const FRAMES: Readonly<Record<string, Partial<Frame>>> = {
  'that says nothing': {},
  'of numbers': { credit: 8_388_608, ping: 1, pong: 2 ** 31 - 1, stopping: true, cancels: [1, 2 ** 32 - 1] },
  'of calls': { calls: [call(1), call(2 ** 32 - 1), call(3, { from: '', payload: NO_TEXT })] },
  'of replies': {
    replies: [
      { id: 1, data: jsonText('null') },
      { id: 128, data: NO_TEXT },
    ],
  },
  'of failures': { failures: [failure, { ...failure, branches: [{ ...failure, id: 0 }] }] },
  'with names beyond ASCII and long ones': {
    calls: [call(1, { from: 'größe:出', to: `${'n'.repeat(500)}:in`, passed: '😀'.repeat(60) })],
  },
  'with payloads that fill many kilobytes': {
    calls: [call(1, { payload: jsonText('x'.repeat(300 * 1024)) }), call(2)],
    replies: [{ id: 3, data: jsonText('y'.repeat(40 * 1024)) }],
  },
};

describe.each(Object.entries(FRAMES))('FrameCodec, for a frame %s', (_, said) => {
  const codec = new FrameCodec();
  const frame = frameOf(said);

  it('writes what generated code reads', () => {
    expect(WireFrame.decode(codec.encode(frame))).toEqual(toWire(frame));
  });

  it('reads what generated code writes', () => {
    expect(codec.decode(Buffer.from(WireFrame.encode(toWire(frame)).finish()))).toEqual(frame);
  });
});

describe('FrameCodec', () => {
  it('leaves what it has written alone when it writes again', () => {
    const codec = new FrameCodec();
    const [first, second] = [frameOf({ calls: [call(1)] }), frameOf({ calls: [call(2, { to: 'b:in' })] })];
    const bytes = codec.encode(first);
    codec.encode(second);
    expect(codec.decode(bytes)).toEqual(first);
  });

  it('passes over fields that it does not know', () => {
    // 100: a number, 101: eight bytes, 102: bytes, 103: four bytes
    const unknown = 'a006ac02a9060102030405060708b20603616263bd0601020304';
    const bytes = Buffer.concat([
      Buffer.from(unknown, 'hex'),
      new FrameCodec().encode(frameOf({ credit: 5, cancels: [9] })),
    ]);
    expect(new FrameCodec().decode(bytes)).toEqual(frameOf({ credit: 5, cancels: [9] }));
  });

  it('reads numbers that are packed into one field', () => {
    expect(new FrameCodec().decode(Buffer.from('220301ac02', 'hex'))).toEqual(frameOf({ cancels: [1, 300] }));
  });

  it.each([
    ['a number without an end', 'ffffffffffffffffffffff'],
    ['an entry that is longer than the frame', '0a7f08'],
    ['a payload that is cut off', '0a05082a2a0441'],
    ['a text that leaves its entry', '0a02120541414141'],
    ['a field without a number', '0001'],
    ['a group', '0b0c'],
    ['a number in the place of an entry', '0801'],
    ['bytes in the place of a number', '2a0101'],
  ])('refuses %s', (_, hex) => {
    expect(() => new FrameCodec().decode(Buffer.from(hex, 'hex'))).toThrow('Protocol Buffers');
  });
});
