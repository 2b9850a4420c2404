import { type Server, type ServerDuplexStream, status } from '@grpc/grpc-js';
import { toTinyError } from '@tinysystems/core';
import {
  DESCRIPTORS,
  type ServerReflectionRequest,
  type ServerReflectionResponse,
  ServerReflectionService,
} from '@tinysystems/proto';
import type { PeerGate } from './peer.ts';
import { toStatus } from './status.ts';

type Stream = ServerDuplexStream<ServerReflectionRequest, ServerReflectionResponse>;
type Answer = ServerReflectionResponse['messageResponse'];

/** Tells clients that know no module.proto what a module takes; under the name of today and the one before. */
export function addReflection(server: Server, gate: PeerGate): void {
  const { serverReflectionInfo } = ServerReflectionService;
  const implementation = { serverReflectionInfo: (stream: Stream) => answer(stream, gate) };
  const olderPath = serverReflectionInfo.path.replace('.v1.', '.v1alpha.');
  server.addService(ServerReflectionService, implementation);
  server.addService({ serverReflectionInfo: { ...serverReflectionInfo, path: olderPath } }, implementation);
}

function answer(stream: Stream, gate: PeerGate): void {
  try {
    gate.admit(stream);
  } catch (error) {
    stream.emit('error', toStatus(toTinyError(error)));
    return;
  }
  stream.on('data', (question: ServerReflectionRequest) => {
    const response = {
      validHost: question.host,
      originalRequest: question,
      messageResponse: answerTo(question.messageRequest),
    };
    if (stream.write(response)) return;
    stream.pause(); // who asks without reading the answers waits
    stream.once('drain', () => stream.resume());
  });
  stream.on('end', () => stream.end());
}

function answerTo(question: ServerReflectionRequest['messageRequest']): Answer {
  switch (question?.$case) {
    case 'listServices': {
      const service = DESCRIPTORS.flatMap(({ services }) => services.map((name) => ({ name })));
      return { $case: 'listServicesResponse', value: { service } };
    }
    case 'fileByFilename':
      return fileAnswer(({ name }) => name === question.value, question.value);
    case 'fileContainingSymbol':
      return fileAnswer(({ symbols }) => symbols.includes(question.value), question.value);
    case undefined:
      return failure(status.UNIMPLEMENTED, 'ask for services, for a file, or for the file of a symbol');
  }
}

function fileAnswer(isMeant: (file: (typeof DESCRIPTORS)[number]) => boolean, what: string): Answer {
  const file = DESCRIPTORS.find(isMeant);
  if (file === undefined) return failure(status.NOT_FOUND, `there is no ${what} here`);
  const fileDescriptorProto = [Buffer.from(file.descriptor, 'base64')];
  return { $case: 'fileDescriptorResponse', value: { fileDescriptorProto } };
}

function failure(errorCode: number, errorMessage: string): Answer {
  return { $case: 'errorResponse', value: { errorCode, errorMessage } };
}
