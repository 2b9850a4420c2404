import { type SpanRecord, type TraceSummary } from '@tinysystems/core';
import { Command, Option } from 'commander';
import { type ClusterOptions, clusterOptions, openCluster } from '../cluster-access.ts';
import { CliError } from '../cli-error.ts';
import { table } from '../dev/table.ts';
import { type Told, gather } from '../diagnose/gather.ts';
import type { Replica } from '../diagnose/replicas.ts';
import { safeJson, safeText } from '../diagnose/safe-text.ts';
import { type FoundSpan, milliseconds, spanTree } from '../diagnose/span-tree.ts';

interface TraceOptions extends ClusterOptions {
  readonly payloads: boolean;
  readonly output?: 'json';
  readonly limit: string;
}

/** `tinysystems trace [ID]`: what became of a message, across all modules. */
export function traceCommand(): Command {
  const command = new Command('trace')
    .description('Shows what became of a message, across all modules; without an id: the latest traces.')
    .argument(
      '[id]',
      'trace id, or its start: the header x-trace-id of an HTTP response, or what signal printed',
    )
    .option('--payloads', 'also show the messages and replies, redacted', false)
    .option('--limit <count>', 'how many traces to list', '20')
    .addOption(new Option('-o, --output <form>', 'another form').choices(['json']))
    .exitOverride()
    .action((id: string | undefined, options: TraceOptions) =>
      id === undefined ? listTraces(options) : showTrace(id, options),
    );
  for (const option of clusterOptions()) command.addOption(option);
  return command;
}

async function showTrace(given: string, options: TraceOptions): Promise<void> {
  const id = given.toLowerCase();
  if (!/^[0-9a-f]{4,32}$/.test(id))
    throw new CliError(`${safeText(given)} is no trace id: 32 hex digits, or at least the first 4 of them`);
  await using cluster = openCluster(options);
  const told = await gather<SpanRecord>(cluster, `/traces/${id}`);
  const found = told.flatMap(({ replica, lines }) => lines.map((span) => ({ replica, span })));
  const ids = [...new Set(found.map(({ span }) => span.traceId))];
  const [traceId] = ids;
  if (traceId === undefined) throw new CliError(whyNothing(id, told));
  if (ids.length > 1)
    throw new CliError(`several traces start with ${id}:\n${table(ids.map((each) => [each])).join('\n')}`);
  process.stdout.write(
    options.output === 'json'
      ? `${safeJson(jsonOf(traceId, told), 2)}\n`
      : traceText(traceId, { found, told, payloads: options.payloads }),
  );
}

function traceText(
  traceId: string,
  {
    found,
    told,
    payloads,
  }: {
    readonly found: readonly FoundSpan[];
    readonly told: readonly Told<unknown>[];
    readonly payloads: boolean;
  },
): string {
  const modules = new Set(found.map(({ replica }) => replica.module)).size;
  const errors = found.filter(({ span }) => span.error !== undefined).length;
  const head = `trace ${traceId}: ${count(found.length, 'span')} in ${count(modules, 'module')}, ${count(errors, 'error')}`;
  return `${head}\n\n${spanTree(found, { payloads })}\n${notAsked(told)}`;
}

async function listTraces(options: TraceOptions): Promise<void> {
  const limit = Number(options.limit);
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > 1000)
    throw new CliError(`--limit ${safeText(options.limit)}: must be a whole number from 1 to 1000`);
  await using cluster = openCluster(options);
  const told = await gather<TraceSummary>(cluster, `/traces?limit=${limit}`);
  const traces = merged(told.flatMap(({ lines }) => lines)).slice(0, limit);
  if (options.output === 'json') {
    process.stdout.write(`${safeJson({ traces, replicas: replicasOf(told) }, 2)}\n`);
    return;
  }
  if (traces.length === 0) throw new CliError(whyNothing(undefined, told));
  const rows = traces.map(({ traceId, startMs, durationMs, spans, name, error }) => [
    traceId,
    new Date(startMs).toISOString(),
    milliseconds(durationMs),
    String(spans),
    safeText(name),
    safeText(error ?? ''),
  ]);
  process.stdout.write(
    `${table([['trace', 'started', 'took', 'spans', 'begins with', 'error'], ...rows]).join('\n')}\n${notAsked(told)}`,
  );
}

/** The same trace as several replicas know it becomes one; newest first. */
function merged(summaries: readonly TraceSummary[]): readonly TraceSummary[] {
  const traces = new Map<string, TraceSummary>();
  for (const summary of summaries) {
    const known = traces.get(summary.traceId);
    traces.set(summary.traceId, known === undefined ? summary : join(known, summary));
  }
  return [...traces.values()].sort((a, b) => b.startMs - a.startMs);
}

function join(one: TraceSummary, other: TraceSummary): TraceSummary {
  const [first, second] = one.startMs <= other.startMs ? [one, other] : [other, one];
  const endMs = Math.max(first.startMs + first.durationMs, second.startMs + second.durationMs);
  return {
    ...first,
    durationMs: endMs - first.startMs,
    spans: first.spans + second.spans,
    error: first.error ?? second.error,
  };
}

function jsonOf(traceId: string, told: readonly Told<SpanRecord>[]): object {
  const spans = told.flatMap(({ replica, lines }) =>
    lines.map((span) => ({ ...span, module: replica.module, replica: replica.identity })),
  );
  spans.sort((a, b) => a.startMs - b.startMs);
  return { traceId, spans, replicas: replicasOf(told) };
}

function replicasOf(told: readonly Told<unknown>[]): readonly object[] {
  return told.map(({ replica, ring, lines, problem }) => ({
    module: replica.module,
    replica: replica.identity,
    found: lines.length,
    ...ring,
    problem,
  }));
}

function whyNothing(id: string | undefined, told: readonly Told<unknown>[]): string {
  const asked = told.filter(({ problem }) => problem === undefined);
  const forgotten = asked
    .filter(({ ring }) => (ring?.overwritten ?? 0) > 0)
    .map(({ replica }) => nameOf(replica));
  const what = id === undefined ? 'no traces' : `nothing of trace ${id}`;
  const reasons = [
    'it was not recorded: spec.tracing of its TinyFlow says which chains are (mode: all records every one)',
    'it has not ended yet: a hop is recorded when it ends',
    forgotten.length > 0
      ? `it made room for later ones: the memory of ${forgotten.join(', ')} has been full`
      : undefined,
    'the replica that recorded it has ended: what it remembered went with it',
  ].filter((reason) => reason !== undefined);
  return `${what} in ${count(asked.length, 'replica')}. Why that may be:\n${reasons.map((reason) => `  - ${reason}`).join('\n')}\n${notAsked(told)}`.trimEnd();
}

/** Who knows something perhaps and could not be asked. */
function notAsked(told: readonly Told<unknown>[]): string {
  return told
    .flatMap(({ replica, problem }) =>
      problem === undefined ? [] : [`not asked: ${nameOf(replica)}: ${safeText(problem)}\n`],
    )
    .join('');
}

function nameOf({ identity, module }: Replica): string {
  return `${identity} of ${module}`;
}

function count(number: number, thing: string): string {
  return `${number} ${thing}${number === 1 ? '' : 's'}`;
}
