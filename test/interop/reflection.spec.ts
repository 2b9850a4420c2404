import { createFileRegistry, create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { Client, credentials } from '@grpc/grpc-js';
import { type Message, systemClock } from '@tinysystems/core';
import { ServerReflectionRequest, ServerReflectionResponse } from '@tinysystems/proto';
import { ModuleServer } from '@tinysystems/transport';

type Question = ServerReflectionRequest['messageRequest'];

/** A module with reflection, and a gRPC client that was given its address and nothing else. */
class Setup implements AsyncDisposable {
  readonly received: Message[] = [];
  readonly client: Client;
  readonly #server: ModuleServer;

  private constructor(client: Client, server: ModuleServer, received: Message[]) {
    this.client = client;
    this.#server = server;
    this.received = received;
  }

  static async create(): Promise<Setup> {
    const received: Message[] = [];
    const server = new ModuleServer({
      address: '127.0.0.1:0',
      deliver: async (message) => {
        received.push(message);
        return { hello: message.data };
      },
      authorise: () => Promise.resolve(),
      clock: systemClock,
      hasReflection: true,
    });
    await server.listen();
    return new Setup(new Client(`127.0.0.1:${server.port}`, credentials.createInsecure()), server, received);
  }

  /** Asks one question after the other on one stream. */
  ask(
    version: string,
    ...questions: readonly Question[]
  ): Promise<ServerReflectionResponse['messageResponse'][]> {
    const stream = this.client.makeBidiStreamRequest(
      `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`,
      (question: ServerReflectionRequest) => Buffer.from(ServerReflectionRequest.encode(question).finish()),
      (bytes) => ServerReflectionResponse.decode(bytes),
    );
    const answers: ServerReflectionResponse['messageResponse'][] = [];
    return new Promise((resolve, reject) => {
      stream.on('data', ({ messageResponse }: ServerReflectionResponse) => answers.push(messageResponse));
      stream.on('end', () => resolve(answers));
      stream.on('error', reject);
      for (const messageRequest of questions) stream.write({ host: '', messageRequest });
      stream.end();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client.close();
    await this.#server.stop(1000);
  }
}

describe.each(['v1', 'v1alpha'])('a client that knows only reflection %s', (version) => {
  it('finds the service, and sends a message', async () => {
    await using setup = await Setup.create();
    const [services] = await setup.ask(version, { $case: 'listServices', value: '' });
    expect(services).toMatchObject({
      $case: 'listServicesResponse',
      value: { service: expect.arrayContaining([{ name: 'module.ModuleService' }]) },
    });
    const [found] = await setup.ask(version, {
      $case: 'fileContainingSymbol',
      value: 'module.ModuleService',
    });
    if (found?.$case !== 'fileDescriptorResponse') throw new Error(JSON.stringify(found));
    const file = found.value.fileDescriptorProto.map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes));
    const registry = createFileRegistry(create(FileDescriptorSetSchema, { file }));
    const method = registry.getService('module.ModuleService')?.method['message'];
    if (method === undefined) throw new Error('the service has no method Message');
    const request = create(method.input, {
      From: 'a:out',
      To: 'b:in',
      EdgeID: 'e',
      Payload: Buffer.from('{"name":"Ada"}'),
    });
    const reply = await new Promise<Record<string, unknown>>((resolve, reject) =>
      setup.client.makeUnaryRequest(
        `/${method.parent.typeName}/${method.name}`,
        (message: typeof request) => Buffer.from(toBinary(method.input, message)),
        (bytes) => fromBinary(method.output, bytes) as unknown as Record<string, unknown>,
        request,
        (error, answer) =>
          error === null && answer !== undefined ? resolve(answer) : reject(error ?? new Error()),
      ),
    );
    expect(JSON.parse(Buffer.from(reply['Data'] as Uint8Array).toString())).toEqual({
      hello: { name: 'Ada' },
    });
    expect(setup.received).toMatchObject([
      { from: { node: 'a', port: 'out' }, to: { node: 'b', port: 'in' } },
    ]);
  });

  it('gets an answer to each question, also when there is none', async () => {
    await using setup = await Setup.create();
    const answers = await setup.ask(
      version,
      { $case: 'fileByFilename', value: 'module/module.proto' },
      { $case: 'fileContainingSymbol', value: 'module.ModuleService.Message' },
      { $case: 'fileContainingSymbol', value: 'module.Unknown' },
      undefined,
    );
    expect(answers.map((answer) => answer?.$case)).toEqual([
      'fileDescriptorResponse',
      'fileDescriptorResponse',
      'errorResponse',
      'errorResponse',
    ]);
    expect(answers.slice(2)).toMatchObject([{ value: { errorCode: 5 } }, { value: { errorCode: 12 } }]);
  });
});
