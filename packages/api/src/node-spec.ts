import {
  DEFAULT_CONCURRENCY,
  DEFAULT_RETRY,
  type EdgeSpec,
  type FlowTracing,
  type NodeSpec,
  type RetryRule,
  parseDurationMs,
} from '@tinysystems/core';
import { FLOW_LABEL, PROJECT_LABEL } from './group.ts';
import type { TinyFlowSpec, TinyFlowTracing, TinyNode, TinyNodeEdge, TinyNodeRetry } from './types.ts';

/**
 * A TinyNode as the engine sees it, with every default filled in.
 *
 * @param flow - of the node's flow, when there is one: while it is suspended the node does not run, whatever
 *   `spec.run` says.
 */
export function nodeSpecFromTinyNode(node: TinyNode, flow: TinyFlowSpec = {}): NodeSpec {
  const { metadata, spec } = node;
  return {
    name: metadata.name ?? '',
    namespace: metadata.namespace ?? '',
    uid: metadata.uid ?? '',
    generation: metadata.generation ?? 0,
    module: spec.module,
    component: spec.component,
    run: (spec.run ?? true) && flow.suspended !== true,
    isSuspended: flow.suspended === true,
    settings: spec.settings ?? {},
    ports: (spec.ports ?? []).flatMap(({ name, schema }) => (schema === undefined ? [] : [{ name, schema }])),
    concurrency: { ...DEFAULT_CONCURRENCY, ...spec.concurrency },
    edges: (spec.edges ?? []).map(edgeSpecOf),
    flow: metadata.labels?.[FLOW_LABEL],
    project: metadata.labels?.[PROJECT_LABEL],
    tracing: flow.tracing && tracingOf(flow.tracing),
  };
}

function tracingOf({ mode = 'sampled', ratio }: TinyFlowTracing): FlowTracing {
  return { mode, ratio };
}

function edgeSpecOf(edge: TinyNodeEdge): EdgeSpec {
  const { id, port, to, toPort, configuration, onExpressionError, retry } = edge;
  return {
    id,
    port,
    to,
    toPort,
    configuration,
    onExpressionError: onExpressionError ?? 'Fail',
    retry: retry === undefined ? undefined : retryRuleOf(retry),
  };
}

function retryRuleOf(retry: TinyNodeRetry): RetryRule {
  const attemptTimeoutMs = durationOf(retry.attemptTimeout);
  return {
    maxAttempts: retry.maxAttempts ?? DEFAULT_RETRY.maxAttempts,
    initialDelayMs: durationOf(retry.initialDelay) ?? DEFAULT_RETRY.initialDelayMs,
    maxDelayMs: durationOf(retry.maxDelay) ?? DEFAULT_RETRY.maxDelayMs,
    multiplier: retry.multiplier ?? DEFAULT_RETRY.multiplier,
    jitter: retry.jitter ?? DEFAULT_RETRY.jitter,
    ...(attemptTimeoutMs !== undefined && { attemptTimeoutMs }),
  };
}

function durationOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : parseDurationMs(text);
}
