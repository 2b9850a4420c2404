// A replica in a process of its own, for tests that kill it: answers what it gets, or hangs when told to.
import { systemClock } from '@tinysystems/core';
import { ModuleServer } from '@tinysystems/transport';

const server = new ModuleServer({
  address: '127.0.0.1:0',
  deliver: (message) =>
    message.to.node === 'hangs' ? new Promise(() => undefined) : Promise.resolve(message.data),
  authorise: () => Promise.resolve(),
  clock: systemClock,
});
await server.listen();
process.send?.(server.port);
