import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { startTracing } from '@tinysystems/operator';

describe('tracing whose collector is away', () => {
  it('does not make a stop in order a failure, and says what was lost', async () => {
    const server = createServer();
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    await server[Symbol.asyncDispose]();
    const said: string[] = [];
    const say = (_fields: object, message: string) => void said.push(message);
    const tracing = startTracing({
      module: 'alpha',
      version: '0.1.0',
      pod: 'alpha-0',
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` },
      log: { debug: say, info: say, warn: say, error: say },
    });
    const { tracer } = tracing;
    const sampler = tracer.sampler({ mode: 'all' });
    const subject = { component: 'lost', flow: undefined, project: undefined, sampler };
    const nothing = { parent: undefined, reply: undefined, failure: undefined, data: {}, schema: {} };
    tracer.chainEnded(
      { trace: tracer.start({ sampler }), subject, ...nothing, startedMs: 0, durationMs: 1 },
      { from: { node: 'a', port: 'out' } },
    );
    await expect(tracing[Symbol.asyncDispose]()).resolves.toBeUndefined();
    expect(said).toContain('the last spans could not be sent');
  });
});
