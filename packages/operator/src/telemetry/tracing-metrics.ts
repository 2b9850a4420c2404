import { Counter, type Registry } from 'prom-client';
import type { DiagnosticsServer } from '../diagnostics/diagnostics-server.ts';
import { liveGauges } from './live-gauges.ts';
import type { Tracing } from './tracing.ts';

/** What is measured of tracing itself. */
export interface TracingParts {
  readonly tracing: Tracing;
  readonly diagnostics: DiagnosticsServer;
}

/** Adds what is held and what was lost of spans and taps; read when somebody scrapes. */
export function addTracingMetrics(registry: Registry, { tracing, diagnostics }: TracingParts): void {
  const { ring, tracer, spanExport } = tracing;
  const gauge = liveGauges(registry);
  gauge('tiny_spans_held', 'Spans that this replica remembers', () => ring.count);
  gauge('tiny_spans_held_bytes', 'Bytes of the spans that this replica remembers', () => ring.bytes);
  gauge('tiny_spans_export_waiting', 'Spans that wait for the collector', () => spanExport?.waiting ?? 0);
  gauge('tiny_trackers', 'TinyTrackers that this replica records for, of 64', () => tracer.trackers.count);
  gauge('tiny_taps', 'Open taps', () => diagnostics.taps);
  new Counter({
    name: 'tiny_spans_dropped_total',
    help: 'Spans that made room in the ring (ring), were not sent to the collector (export), or not recorded because too many messages failed (failures)',
    labelNames: ['reason'],
    registers: [registry],
    collect() {
      this.reset();
      this.inc({ reason: 'ring' }, ring.overwritten);
      this.inc({ reason: 'export' }, spanExport?.dropped ?? 0);
      this.inc({ reason: 'failures' }, tracer.skippedFailures);
    },
  });
  new Counter({
    name: 'tiny_span_payloads_left_out_total',
    help: 'Failures that were recorded without message and reply, because too many messages failed',
    registers: [registry],
    collect() {
      this.reset();
      this.inc(tracer.leftOutPayloads);
    },
  });
  new Counter({
    name: 'tiny_tap_messages_dropped_total',
    help: 'Messages that taps did not show, because they were read too slowly or the messages were too many',
    registers: [registry],
    collect() {
      this.reset();
      this.inc(diagnostics.dropped);
    },
  });
}
