// The other process of the benchmark `wire`: answers what it gets, on streams and in single calls.
import { systemClock } from '@tinysystems/core';
import { ModuleServer } from '@tinysystems/transport';

const start = async (takesStreams: boolean) => {
  const server = new ModuleServer({
    address: '127.0.0.1:0',
    deliver: async ({ data }) => data,
    authorise: () => Promise.resolve(),
    clock: systemClock,
    takesStreams,
  });
  await server.listen();
  return server.port;
};
process.send?.({ stream: await start(true), unary: await start(false) });
process.on('disconnect', () => process.exit());
