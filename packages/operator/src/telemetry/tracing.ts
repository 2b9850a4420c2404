import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-grpc';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { type FlowTracing, type Log, type SecretMask, systemClock, systemRandom } from '@tinysystems/core';
import { Tracer } from '@tinysystems/engine';
import { SpanExport } from './span-export.ts';
import { SpanRing } from './span-ring.ts';

/** The process's tracing. */
export interface Tracing extends AsyncDisposable {
  readonly tracer: Tracer;
  /** The latest spans of this process. */
  readonly ring: SpanRing;
  /** `undefined`: no collector is configured. */
  readonly spanExport: SpanExport | undefined;
}

/** What tracing is set up from. */
export interface TracingOptions {
  readonly module: string;
  readonly version: string;
  readonly pod: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Hears of spans that could not be sent. */
  readonly log?: Log;
  /** Hides secrets in spans. */
  readonly mask?: SecretMask;
}

/**
 * Keeps the latest spans in a ring, and sends all of them to the collector that OTEL_EXPORTER_OTLP_ENDPOINT names.
 * A collector that is slow or away never blocks a message, and a stop for 5 s at most.
 */
export function startTracing({ module, version, pod, env, log, mask }: TracingOptions): Tracing {
  const ring = new SpanRing();
  const url = collectorOf(env);
  const spanExport =
    url === undefined
      ? undefined
      : new SpanExport({
          exporter: new OTLPTraceExporter({ url }),
          origin: {
            resource: resourceFromAttributes({
              ...resourceAttributesOf(env),
              'service.name': env['OTEL_SERVICE_NAME'] || module,
              'service.version': version,
              'service.instance.id': pod,
            }),
            instrumentationScope: { name: module, version },
          },
          clock: systemClock,
          log,
        });
  const defaults = defaultsOf(env);
  const tracer = new Tracer({
    sinks: spanExport === undefined ? [ring.add] : [ring.add, spanExport.add],
    ...(defaults !== undefined && { defaults }),
    clock: systemClock,
    random: systemRandom,
    ...(log !== undefined && { log }),
    ...(mask !== undefined && { mask }),
  });
  return {
    tracer,
    ring,
    spanExport,
    [Symbol.asyncDispose]: async () => spanExport?.[Symbol.asyncDispose](),
  };
}

function collectorOf(env: TracingOptions['env']): string | undefined {
  if (env['OTEL_SDK_DISABLED'] === 'true' || env['OTEL_TRACES_EXPORTER'] === 'none') return undefined;
  return env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] || env['OTEL_EXPORTER_OTLP_ENDPOINT'] || undefined;
}

/** How flows are traced that do not say it: as the standard variables say, if they do. */
function defaultsOf(env: TracingOptions['env']): FlowTracing | undefined {
  const argument = env['OTEL_TRACES_SAMPLER_ARG'];
  const sampler = env['OTEL_TRACES_SAMPLER'] ?? (argument && 'traceidratio');
  switch (sampler?.replace(/^parentbased_/, '')) {
    case 'always_on':
      return { mode: 'all' };
    case 'always_off':
      return { mode: 'off' };
    case 'traceidratio':
      return { mode: 'sampled', ratio: ratioOf(argument) };
    default:
      return undefined;
  }
}

/** A ratio that is none counts as 1, as the standard says. */
function ratioOf(text: string | undefined): number {
  const ratio = Number(text || 1);
  return ratio >= 0 && ratio <= 1 ? ratio : 1;
}

/** `key=value,key=value`, percent-encoded. */
function resourceAttributesOf(env: TracingOptions['env']): Record<string, string> {
  const pairs = (env['OTEL_RESOURCE_ATTRIBUTES'] ?? '').split(',').flatMap((pair) => {
    const at = pair.indexOf('=');
    return at < 1 ? [] : [[pair.slice(0, at).trim(), decode(pair.slice(at + 1).trim())] as const];
  });
  return Object.fromEntries(pairs);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // not encoded, then
  }
}
