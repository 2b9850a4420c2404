import { DevProcess } from '../e2e/dev-process.ts';
import { contest, rowOf } from './http/contest.ts';
import { ServerProcess } from './http/server-process.ts';
import type { Benchmark } from './result.ts';

const CONNECTIONS = 64;

/** Requests a second of the hello flow, which lives in two modules, against a bare HTTP server that answers the same. */
export const httpHello: Benchmark = {
  name: 'http-hello',
  async run() {
    await using dev = await DevProcess.start();
    await using bare = await ServerProcess.start('bare.ts');
    const flow = { url: `${await dev.url()}/hello?name=Ada`, pids: await dev.children() };
    const body = '{"greeting":"Hello, Ada!"}';
    const standings = await contest({ flow, bare }, { connections: CONNECTIONS, body });
    return [
      rowOf('http-hello', standings.flow, { name: 'a bare node:http server', standing: standings.bare }),
    ];
  },
};
