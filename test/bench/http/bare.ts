// The reference of the HTTP benchmarks: a bare `node:http` server that answers the same.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const server = createServer((request, response) => {
  const query = new URLSearchParams((request.url ?? '').split('?')[1]);
  const body = JSON.stringify({ greeting: `Hello, ${query.get('name')}!` });
  response.writeHead(200, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
});
server.listen(0, '127.0.0.1', () =>
  process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}/hello?name=Ada`),
);
process.on('disconnect', () => process.exit());
