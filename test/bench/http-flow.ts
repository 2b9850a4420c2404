import { type Benchmark, type Measured } from './result.ts';
import { contest, rowOf } from './http/contest.ts';
import { FlowModule } from './http/flow.ts';
import { ServerProcess } from './http/server-process.ts';
import { NodeRed } from './peers/node-red.ts';

const CONNECTIONS = 64;
const BODY = '{"greeting":"Hello, Ada!"}';

/** Requests a second through three nodes of one module, against a bare HTTP server and Node-RED. */
export const httpFlow: Benchmark = {
  name: 'http-flow',
  async run(): Promise<readonly Measured[]> {
    await using flow = await FlowModule.start();
    await using bare = await ServerProcess.start('bare.ts');
    await using nodeRed = await NodeRed.start();
    const red = { url: `${nodeRed.url}/hello?name=Ada`, pids: [nodeRed.pid] };
    const standings = await contest({ flow, bare, red }, { connections: CONNECTIONS, body: BODY });
    return [
      rowOf('http-flow', standings.flow, { name: 'a bare node:http server', standing: standings.bare }),
      rowOf('http-flow-vs-node-red', standings.flow, {
        name: 'Node-RED: http in → function → http response',
        standing: standings.red,
      }),
    ];
  },
};
