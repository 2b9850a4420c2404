import {
  type ClientDuplexStream,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type ServiceError,
  credentials,
  makeGenericClientConstructor,
  type sendUnaryData,
  status,
} from '@grpc/grpc-js';
import type { Fields } from './wire-schema.ts';
import { FROM_THE_FUTURE, FUTURE, type WireVersion, serviceOf } from './wire-versions.ts';

type Stream = ServerDuplexStream<Fields, Fields>;

const CREDIT = 8 * 1024 * 1024;
const HOST = '127.0.0.1';

/** A replica of another version. It answers with the message; one that says `fail` fails with that kind. */
export class OtherServer implements AsyncDisposable {
  readonly #version: WireVersion;
  readonly #server = new Server();
  readonly #streams = new Set<Stream>();
  /** Calls that it was sent. */
  calls = 0;
  #port = 0;

  private constructor(version: WireVersion) {
    this.#version = version;
  }

  /** @param takesStreams - `false`: from before there were streams. */
  static async start(version: WireVersion, takesStreams = true): Promise<OtherServer> {
    const other = new OtherServer(version);
    const { connect, message } = serviceOf(version);
    other.#server.addService(takesStreams ? { connect, message } : { message }, {
      connect: (stream: Stream) => other.#serve(stream),
      message: (call: ServerUnaryCall<Fields, Fields>, done: sendUnaryData<Fields>) =>
        other.#answer(call.request, done),
    });
    other.#port = await new Promise<number>((resolve, reject) => {
      other.#server.bindAsync(`${HOST}:0`, ServerCredentials.createInsecure(), (error, port) =>
        error === null ? resolve(port) : reject(error),
      );
    });
    return other;
  }

  get endpoint() {
    return { pod: this.#version.name, addr: `${HOST}:${this.#port}` };
  }

  /** Ends as a version does that cannot say that it stops. */
  hangUp(): void {
    for (const stream of this.#streams)
      stream.emit('error', { code: status.UNAVAILABLE, details: 'it stops' });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.forceShutdown();
  }

  #serve(stream: Stream): void {
    this.#streams.add(stream);
    const write = (frame: Fields) => stream.write(this.#with(frame));
    write({});
    write({ credit: CREDIT });
    stream.on('data', ({ calls, ping }: { calls: readonly Fields[]; ping?: number }) => {
      const answers = calls.map((call) => this.#take(call['payload'] as Buffer, Number(call['id'])));
      const taken = calls.reduce((bytes, call) => bytes + (call['payload'] as Buffer).length, 0);
      write({
        credit: taken,
        replies: answers.flatMap(({ reply }) => reply ?? []),
        failures: answers.flatMap(({ failure }) => failure ?? []),
        ...(ping !== undefined && { pong: ping }),
      });
    });
    stream.on('end', () => stream.end());
    stream.on('cancelled', () => this.#streams.delete(stream));
    stream.on('error', () => this.#streams.delete(stream));
  }

  #take(payload: Buffer, id: number): { readonly reply?: Fields; readonly failure?: Fields } {
    this.calls += 1;
    const { fail } = JSON.parse(payload.toString()) as { readonly fail?: string };
    if (fail === undefined) return { reply: { id, data: payload, cost: Buffer.from('much') } };
    return { failure: { id, kind: fail, code: 'test.SAD', message: `it is ${fail}`, advice: 'wait' } };
  }

  #answer(request: Fields, done: sendUnaryData<Fields>): void {
    const { reply } = this.#take(request['Payload'] as Buffer, 0);
    if (reply !== undefined) done(null, { Data: reply['data'], Cost: 3 });
    else done({ code: status.RESOURCE_EXHAUSTED, details: 'it is full' });
  }

  #with(frame: Fields): Fields {
    return this.#version === FUTURE ? { ...frame, ...FROM_THE_FUTURE } : frame;
  }
}

/** A caller of another version, with one stream. */
export class OtherClient implements AsyncDisposable {
  readonly #version: WireVersion;
  readonly #client: InstanceType<ReturnType<typeof makeGenericClientConstructor>>;
  readonly #stream: ClientDuplexStream<Fields, Fields>;
  readonly #waiting = new Map<number, (answer: Fields) => void>();
  #last = 0;
  /** Whether the server has said that it stops; a version that knows no such thing never hears it. */
  isToldToStop = false;
  readonly ended: Promise<unknown>;

  private constructor(version: WireVersion, port: number) {
    this.#version = version;
    const Client = makeGenericClientConstructor(serviceOf(version), 'ModuleService');
    this.#client = new Client(`${HOST}:${port}`, credentials.createInsecure());
    this.#stream = (this.#client['connect'] as () => ClientDuplexStream<Fields, Fields>).call(this.#client);
    this.ended = new Promise((resolve) => this.#stream.on('status', resolve));
    this.#stream.on('error', () => this.#end());
    this.#stream.on('end', () => this.#end());
  }

  /** Connects, and waits for the first credit. */
  static async connect(version: WireVersion, port: number): Promise<OtherClient> {
    const client = new OtherClient(version, port);
    await new Promise<void>((resolve) => {
      client.#stream.on('data', (frame: Fields) => {
        if (Number(frame['credit'] ?? 0) > 0) resolve();
        client.#receive(frame);
      });
    });
    return client;
  }

  /** @returns the reply, or the failure; `undefined`: the stream ended. */
  call(node: string, data: object): Promise<Fields | undefined> {
    return this.send(node, JSON.stringify(data));
  }

  /** The same, with a payload that may be anything. */
  send(node: string, text: string): Promise<Fields | undefined> {
    this.#last += 1;
    const id = this.#last;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      const payload = Buffer.from(text);
      const call = { id, from: 'a:out', to: `${node}:in`, edgeId: 'e', payload, tenant: 't', weight: 3 };
      this.#stream.write({ calls: [call], ...(this.#version === FUTURE && FROM_THE_FUTURE) });
    });
  }

  /** A single call. */
  callOnce(node: string, data: object): Promise<Fields> {
    const request = {
      ID: 'x',
      From: 'a:out',
      To: `${node}:in`,
      EdgeID: 'e',
      Payload: Buffer.from(JSON.stringify(data)),
      Tenant: 't',
    };
    type Unary = (request: Fields, done: (error: ServiceError | null, response: Fields) => void) => void;
    return new Promise((resolve, reject) => {
      (this.#client['message'] as Unary).call(this.#client, request, (error, response) =>
        error === null ? resolve(response) : reject(error),
      );
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stream.cancel();
    this.#client.close();
  }

  #receive(frame: Fields): void {
    for (const answer of [...(frame['replies'] as Fields[]), ...(frame['failures'] as Fields[])]) {
      this.#waiting.get(Number(answer['id']))?.(answer);
      this.#waiting.delete(Number(answer['id']));
    }
    if (frame['stopping'] !== true) return;
    this.isToldToStop = true;
    this.#stream.end();
  }

  #end(): void {
    for (const resolve of this.#waiting.values()) resolve({});
    this.#waiting.clear();
  }
}
