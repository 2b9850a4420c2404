import type { TraceContext } from '@tinysystems/core';
import { type Tracing, startTracing } from '@tinysystems/operator';
import { eventually } from '@tinysystems/testing';
import { createCollector } from './collector.ts';

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
      end(tracing);
    } finally {
      delete process.env['OTEL_EXPORTER_OTLP_ENDPOINT'];
    }
    await eventually(() => expect(collector.received.length).toBeGreaterThan(0));
    const text = Buffer.concat(collector.received).toString('latin1');
    for (const told of ['router input', 'service.name', 'alpha', '1.2.3', 'alpha-0'])
      expect(text).toContain(told);
  });

  it('keeps the latest spans without a collector too, and gives each chain a trace id', async () => {
    await using tracing = startTracing({ module: 'alpha', version: '1.2.3', pod: 'alpha-0', env: {} });
    const { traceId } = end(tracing);
    expect(traceId).toMatch(/^(?!0{32})[0-9a-f]{32}$/);
    expect(tracing.ring.spansOf(traceId).map(({ name }) => name)).toEqual(['router input']);
  });

  it.each([
    [{}, 'sampled', undefined],
    [{ OTEL_TRACES_SAMPLER_ARG: '0.25' }, 'sampled', 0.25],
    [{ OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.5' }, 'sampled', 0.5],
    [{ OTEL_TRACES_SAMPLER: 'always_on' }, 'all', undefined],
    [{ OTEL_TRACES_SAMPLER: 'parentbased_always_off' }, 'off', undefined],
  ])('traces flows that do not say how as the standard variables say: %j', async (env, mode, ratio) => {
    await using tracing = startTracing({ module: 'alpha', version: '1.2.3', pod: 'alpha-0', env });
    expect(tracing.tracer.sampler(undefined).tracing).toEqual({
      mode,
      ...(ratio !== undefined && { ratio }),
    });
    expect(tracing.tracer.sampler({ mode: 'errors' }).tracing.mode).toBe('errors');
  });
});

/** Ends a chain, which makes a span. */
function end({ tracer }: Tracing): TraceContext {
  const sampler = tracer.sampler({ mode: 'all' });
  const trace = tracer.start({ sampler });
  const subject = { component: 'router', flow: undefined, project: undefined, sampler };
  const nothing = { parent: undefined, reply: undefined, failure: undefined, data: {}, schema: {} };
  const times = { startedMs: performance.now(), durationMs: 1 };
  tracer.chainEnded({ trace, subject, ...nothing, ...times }, { from: { node: 'a', port: 'input' } });
  return trace;
}
