import { Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData } from '@grpc/grpc-js';
import { startTracing } from '@tinysystems/operator';
import { eventually } from '@tinysystems/testing';

/** A collector that keeps the bytes it is sent. */
async function createCollector() {
  const received: Buffer[] = [];
  const server = new Server();
  const bytes = (value: Buffer) => value;
  const export_ = {
    path: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
    requestStream: false,
    responseStream: false,
    requestSerialize: bytes,
    requestDeserialize: bytes,
    responseSerialize: bytes,
    responseDeserialize: bytes,
  };
  server.addService(
    { export: export_ },
    {
      export: (call: ServerUnaryCall<Buffer, Buffer>, done: sendUnaryData<Buffer>) => {
        received.push(call.request);
        done(null, Buffer.alloc(0));
      },
    },
  );
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  return { received, endpoint: `http://127.0.0.1:${port}`, [Symbol.dispose]: () => server.forceShutdown() };
}

describe('tracing', () => {
  it('sends spans to the collector of the standard variable', async () => {
    using collector = await createCollector();
    process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = collector.endpoint;
    try {
      await using tracing = startTracing({
        module: 'alpha',
        version: '1.2.3',
        pod: 'alpha-0',
        env: process.env,
      });
      const span = tracing.tracer.startSpan('router input');
      expect(span.isRecording()).toBe(true);
      span.end();
    } finally {
      delete process.env['OTEL_EXPORTER_OTLP_ENDPOINT'];
    }
    await eventually(() => expect(collector.received.length).toBeGreaterThan(0));
    const text = Buffer.concat(collector.received).toString('latin1');
    for (const told of ['router input', 'service.name', 'alpha', '1.2.3', 'alpha-0'])
      expect(text).toContain(told);
  });

  it('without a collector records nothing, and still gives each chain a trace id', async () => {
    await using tracing = startTracing({ module: 'alpha', version: '1.2.3', pod: 'alpha-0', env: {} });
    const span = tracing.tracer.startSpan('router input');
    expect(span.isRecording()).toBe(false);
    expect(span.spanContext().traceId).toMatch(/^(?!0{32})[0-9a-f]{32}$/);
    expect(span.spanContext().traceFlags).toBe(0);
  });
});
