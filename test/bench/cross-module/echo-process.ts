// The other process of the benchmarks `cross-module-…`: answers what it gets, as a module and as a bare gRPC server.
import { Server, ServerCredentials, type ServerDuplexStream, type ServerUnaryCall } from '@grpc/grpc-js';
import { systemClock } from '@tinysystems/core';
import { ModuleServer } from '@tinysystems/transport';
import { BARE_SERVICE } from './bare-service.ts';
import { openCertificates } from './certificates.ts';
import type { EchoPorts } from './echo-server.ts';

const EDGE = { from: 'sender:out', to: 'target:in', edgeId: 'to-target' };

async function startModule(directory: string | undefined): Promise<number> {
  const certificates = directory === undefined ? undefined : await openCertificates(directory, 'receiver');
  const server = new ModuleServer({
    address: '127.0.0.1:0',
    deliver: ({ data }) => Promise.resolve(data),
    authorise: ({ from, to, edgeId }, { identity }) => {
      const isEdge = `${from?.node}:${from?.port}` === EDGE.from && `${to.node}:${to.port}` === EDGE.to;
      const isPeer = identity === undefined || identity.module === 'sender';
      return isEdge && isPeer && edgeId === EDGE.edgeId
        ? undefined
        : Promise.reject(new Error('there is no such edge'));
    },
    clock: systemClock,
    certificates,
  });
  await server.listen();
  return server.port;
}

function startBare(): Promise<number> {
  const server = new Server({ 'grpc.enable_channelz': 0 });
  server.addService(BARE_SERVICE, {
    unary: (call: ServerUnaryCall<Buffer, Buffer>, done: (error: null, reply: Buffer) => void) =>
      done(null, call.request),
    stream: (call: ServerDuplexStream<Buffer, Buffer>) => {
      call.on('data', (message: Buffer) => call.write(message));
      call.on('end', () => call.end());
    },
  });
  return new Promise((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) =>
      error === null ? resolve(port) : reject(error),
    );
  });
}

const [directory] = process.argv.slice(2);
const ports: EchoPorts = {
  tls: await startModule(directory),
  plain: await startModule(undefined),
  bare: await startBare(),
};
process.send?.(ports);
process.on('message', () => process.send?.(process.cpuUsage()));
process.on('disconnect', () => process.exit());
