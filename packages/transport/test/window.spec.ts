import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ServerHttp2Stream } from 'node:http2';
import { systemClock } from '@tinysystems/core';
import { AddressBook, ClientPool } from '@tinysystems/transport';
import { WINDOW_BYTES } from '../src/connection-guard.ts';
import { Replica, forever, messageTo } from './replica.ts';

describe('the window of a connection', () => {
  it('is large in both directions, so that one turn of the event loop fits', async () => {
    const streams: ServerHttp2Stream[] = [];
    const onStart = (message: unknown) => streams.push((message as { stream: ServerHttp2Stream }).stream);
    subscribe('http2.server.stream.start', onStart);
    await using replica = await Replica.start(() => Promise.resolve('pong'));
    const book = new AddressBook();
    book.set('m', [replica.endpoint]);
    await using pool = new ClientPool({ book, clock: systemClock });
    await pool.deliver('m', messageTo('a'), forever());
    unsubscribe('http2.server.stream.start', onStart);
    const session = streams[0]?.session;
    expect(session?.localSettings.initialWindowSize).toBe(WINDOW_BYTES);
    expect(session?.remoteSettings.initialWindowSize).toBe(WINDOW_BYTES);
    expect(session?.state.effectiveLocalWindowSize).toBe(WINDOW_BYTES);
    expect(session?.state.remoteWindowSize).toBeGreaterThan(WINDOW_BYTES - 64 * 1024);
  });
});
