import { jsonText } from '../src/codec.ts';
import { Outbox } from '../src/outbox.ts';
import { FakeStream, turn } from './fake-stream.ts';

const reply = (id: number, length = 1) => ({ id, data: jsonText('x'.repeat(length)) });

describe('Outbox', () => {
  it('writes what one turn of the event loop says as one frame', async () => {
    const stream = new FakeStream();
    const outbox = new Outbox(stream);
    outbox.reply(reply(1));
    outbox.credit(10);
    await Promise.resolve();
    outbox.cancel(2);
    outbox.credit(5);
    expect(stream.written).toHaveLength(0);
    await turn();
    expect(stream.written).toMatchObject([{ replies: [{ id: 1 }], cancels: [2], credit: 15 }]);
    await turn();
    expect(stream.written).toHaveLength(1);
  });

  it('writes at once when a frame has 64 entries', async () => {
    const stream = new FakeStream();
    const outbox = new Outbox(stream);
    for (let id = 1; id <= 130; id += 1) outbox.reply(reply(id));
    expect(stream.written.map(({ replies }) => replies.length)).toEqual([64, 64]);
    await turn();
    expect(stream.written.map(({ replies }) => replies.length)).toEqual([64, 64, 2]);
  });

  it('closes a frame when it is large', () => {
    const stream = new FakeStream();
    const outbox = new Outbox(stream);
    outbox.reply(reply(1, 200 * 1024));
    expect(stream.written).toHaveLength(0);
    outbox.reply(reply(2, 200 * 1024));
    expect(stream.written).toHaveLength(1);
    expect(outbox.bytes).toBe(0);
  });

  it('waits while the stream is full, and goes on in order when it is not', async () => {
    const stream = new FakeStream();
    stream.hasRoom = false;
    const outbox = new Outbox(stream);
    for (let id = 1; id <= 200; id += 1) outbox.reply(reply(id, 10));
    await turn();
    expect([stream.written.length, outbox.isBlocked, outbox.bytes]).toEqual([1, true, 1360]);
    stream.drain();
    expect(stream.all('replies').map(({ id }) => id)).toEqual(Array.from({ length: 200 }, (_, i) => i + 1));
    expect([outbox.isBlocked, outbox.bytes]).toEqual([false, 0]);
  });

  it('ends the stream after the last frame, and writes nothing after it was closed', async () => {
    const stream = new FakeStream();
    stream.hasRoom = false;
    const outbox = new Outbox(stream);
    for (let id = 1; id <= 65; id += 1) outbox.reply(reply(id));
    outbox.end();
    await turn();
    expect([stream.written.length, stream.isEnded]).toEqual([1, false]);
    stream.drain();
    expect([stream.written.length, stream.isEnded]).toEqual([2, true]);
    outbox.reply(reply(66));
    await turn();
    expect(stream.written).toHaveLength(2);
  });
});
