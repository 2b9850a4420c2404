// A module of the benchmark that ships an HTTP server and `transform`: HTTP → three nodes → response, in one process.
import { components as commonComponents } from '@tinysystems/common-module';
import { components as httpComponents } from '@tinysystems/http-module';
import { TestCluster, eventually } from '@tinysystems/testing';

const MODULE = 'bench-module';

const cluster = await TestCluster.start();
await cluster.startModule(MODULE, [
  ...httpComponents,
  ...commonComponents.filter(({ name }) => name === 'transform'),
]);
const step = (name: string, to: string, toPort: string, configuration: object) =>
  cluster.createNode(name, {
    module: MODULE,
    component: 'transform',
    edges: [{ id: 'next', port: 'out', to, toPort, configuration: configuration as never }],
  });
await cluster.createNode('server', {
  module: MODULE,
  component: 'http_server',
  settings: { start: { host: '127.0.0.1' } },
  edges: [
    {
      id: 'next',
      port: 'request',
      to: 'first',
      toPort: 'in',
      configuration: { context: { name: '{{$.requestParams.name[0]}}' } },
    },
  ],
});
await step('first', 'second', 'in', { context: { name: '{{$.context.name}}' } });
await step('second', 'third', 'in', { context: { name: '{{$.context.name}}' } });
await step('third', 'server', 'response', {
  statusCode: 200,
  body: { greeting: 'Hello, {{$.context.name}}!' },
});
await cluster.ready('server', 'first', 'second', 'third');
const port = await eventually(async () => (await cluster.nodes.get('server')).status?.metadata?.['port']);
process.send?.(`http://127.0.0.1:${port}/hello?name=Ada`);
process.on('disconnect', () => void cluster[Symbol.asyncDispose]().then(() => process.exit()));
