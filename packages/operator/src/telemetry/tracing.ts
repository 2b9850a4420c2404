import { type Tracer } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-grpc';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  AlwaysOffSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { type Log, sleep, systemClock } from '@tinysystems/core';

/** How long a stop waits for a collector, milliseconds. */
const SHUTDOWN_TIMEOUT_MS = 5000;

/** The process's tracing. */
export interface Tracing extends AsyncDisposable {
  readonly tracer: Tracer;
}

/** What tracing is set up from. */
export interface TracingOptions {
  readonly module: string;
  readonly version: string;
  readonly pod: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Hears of spans that could not be sent when the process stops. */
  readonly log?: Log;
}

/**
 * Sends spans to the collector that OTEL_EXPORTER_OTLP_ENDPOINT names, as many as OTEL_TRACES_SAMPLER_ARG says
 * (a ratio, default 1). Without a collector every chain still gets a trace id, and no span is recorded.
 * A collector that is slow or away never blocks a message, and a stop for 5 s at most.
 */
export function startTracing({ module, version, pod, env, log }: TracingOptions): Tracing {
  const resource = resourceFromAttributes({
    'service.name': module,
    'service.version': version,
    'service.instance.id': pod,
  });
  const url = env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] || env['OTEL_EXPORTER_OTLP_ENDPOINT'];
  const provider = new TracerProvider({
    resource,
    sampler: url ? new ParentBasedSampler({ root: samplerOf(env) }) : new AlwaysOffSampler(),
    spanProcessors: url ? [new BatchSpanProcessor({ exporter: new OTLPTraceExporter({ url }) })] : [],
  });
  return {
    tracer: provider.getTracer(module, version),
    [Symbol.asyncDispose]: () => shutDown(provider, log),
  };
}

/** A ratio that is none counts as 1: spans that nobody wanted are seen, those that are missing are not. */
function samplerOf(env: TracingOptions['env']): TraceIdRatioBasedSampler {
  const ratio = Number(env['OTEL_TRACES_SAMPLER_ARG'] || 1);
  return new TraceIdRatioBasedSampler(Number.isNaN(ratio) ? 1 : ratio);
}

/** Sends what is left. A process whose collector is away has stopped in order all the same. */
async function shutDown(provider: TracerProvider, log: Log | undefined): Promise<void> {
  const done = new AbortController();
  const late = sleep(systemClock, SHUTDOWN_TIMEOUT_MS, done.signal).then(
    () => Promise.reject(new Error(`not sent within ${SHUTDOWN_TIMEOUT_MS} ms`)),
    () => undefined,
  );
  try {
    await Promise.race([provider.shutdown(), late]);
  } catch (error) {
    log?.warn({ err: error }, 'the last spans could not be sent');
  } finally {
    done.abort();
  }
}
