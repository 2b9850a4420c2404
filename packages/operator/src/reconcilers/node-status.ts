import {
  type ConditionDraft,
  FLOW_LABEL,
  type TinyNode,
  type TinyNodeStatus,
  clipMessage,
  stampConditions,
  unreadableBecause,
} from '@tinysystems/api';
import type { Component } from '@tinysystems/core';
import type { NodeReport } from '@tinysystems/engine';
import semver from 'semver';
import type { EdgeTypeProblems } from './edge-types.ts';

/** How many of a node's edges its status names when they lead nowhere. */
const MAX_PROBLEMS = 10;

/** What a node's status is made from. */
export interface NodeStatusOptions {
  readonly node: TinyNode;
  readonly report: NodeReport;
  readonly component: Component | undefined;
  readonly module: { readonly name: string; readonly version: string; readonly sdkVersion: string };
  /** Edges whose target is not there, or has no such port. */
  readonly unresolved: readonly string[];
  /** What is said of the types that the edges carry. */
  readonly edgeTypes: EdgeTypeProblems;
  readonly isSuspended: boolean;
  readonly nowMs: number;
}

/** The status that a node's leader writes: fields, conditions, and one line that says what is wrong. */
export function nodeStatusOf(options: NodeStatusOptions): TinyNodeStatus {
  const { node, report, component, module, nowMs } = options;
  const generation = node.metadata.generation ?? 0;
  const answers = [componentAvailable(options), settingsAccepted(report), edgesResolved(options)];
  const ready = readiness(answers, options);
  const drafts = [ready, ...answers].map((draft): ConditionDraft => ({
    ...draft,
    observedGeneration: generation,
  }));
  const isOk = ready.status === 'True';
  return {
    observedGeneration: generation,
    module,
    component: {
      description: component?.description ?? '',
      info: component?.info ?? '',
      tags: component?.tags ?? [],
    },
    ports: report.ports,
    status: isOk ? 'OK' : clipMessage(ready.message),
    error: !isOk && ready.reason !== 'Stopped' && ready.reason !== 'Suspended',
    conditions: stampConditions(node.status?.conditions, drafts, nowMs),
  };
}

function componentAvailable({ node, report, module }: NodeStatusOptions): ConditionDraft {
  const type = 'ComponentAvailable';
  const { component, version } = node.spec;
  if (!report.isComponentKnown) {
    const message = `module ${module.name} ${module.version} has no component ${component}: kubectl get tinymodule ${module.name} -o yaml lists what it has`;
    return { type, status: 'False', reason: 'ComponentUnknown', message };
  }
  if (version !== undefined && semver.validRange(version) === null) {
    return {
      type,
      status: 'False',
      reason: 'VersionInvalid',
      message: `spec.version ${version} is no semver range, e.g. ">=0.1"`,
    };
  }
  if (version !== undefined && !semver.satisfies(module.version, version, { includePrerelease: true })) {
    return {
      type,
      status: 'False',
      reason: 'VersionMismatch',
      message: `module ${module.name} has version ${module.version}, the node wants ${version}`,
    };
  }
  return {
    type,
    status: 'True',
    reason: 'Available',
    message: `${component} of ${module.name} ${module.version}`,
  };
}

function settingsAccepted({ settingsProblem, settingsReason, plainSecrets }: NodeReport): ConditionDraft {
  const type = 'SettingsAccepted';
  if (settingsProblem !== undefined)
    return { type, status: 'False', reason: settingsReason ?? 'Rejected', message: settingsProblem };
  const message = 'the settings are in force';
  if (plainSecrets.length === 0) return { type, status: 'True', reason: 'Accepted', message };
  const fields = plainSecrets.map((path) => `settings.${path}`).join(', ');
  const advice = `warning: ${fields} holds a secret as plain text, which everybody sees who may read this TinyNode: keep it in a Secret, and write {secretKeyRef: {name: …, key: …}}`;
  return { type, status: 'True', reason: 'PlainSecret', message: `${message}; ${advice}` };
}

function edgesResolved({ node, report, unresolved, edgeTypes }: NodeStatusOptions): ConditionDraft {
  const type = 'EdgesResolved';
  const { invalid, unknown } = edgeTypes;
  const problems = [...report.edgeProblems, ...unresolved];
  if (problems.length > 0)
    return { type, status: 'False', reason: 'Unresolved', message: listOf([...problems, ...invalid]) };
  if (invalid.length > 0) return { type, status: 'False', reason: 'TypesInvalid', message: listOf(invalid) };
  const message = 'every edge leads to a port';
  if (unknown.length === 0) return { type, status: 'True', reason: 'Resolved', message };
  const share = `${unknown.length} of ${node.spec.edges?.length ?? 0}`;
  const doubts = `whether it takes what comes cannot be told for ${share}: ${listOf(unknown)}`;
  return { type, status: 'True', reason: 'Resolved', message: `${message}; ${doubts}` };
}

function listOf(problems: readonly string[]): string {
  const more = problems.length - MAX_PROBLEMS;
  const first = problems.slice(0, MAX_PROBLEMS).join('; ');
  return more > 0 ? `${first}; and ${more} more` : first;
}

function readiness(
  answers: readonly ConditionDraft[],
  { node, report, isSuspended }: NodeStatusOptions,
): ConditionDraft {
  const type = 'Ready';
  const unreadable = unreadableBecause(node);
  if (unreadable !== undefined) return { type, status: 'False', reason: 'SpecInvalid', message: unreadable };
  const problem = answers.find((answer) => answer.status !== 'True');
  if (problem !== undefined)
    return { type, status: 'False', reason: problem.reason, message: problem.message };
  if (isSuspended)
    return {
      type,
      status: 'False',
      reason: 'Suspended',
      message: `stopped with its flow: set spec.suspended of TinyFlow ${node.metadata.labels?.[FLOW_LABEL]} to false`,
    };
  if (!report.isRunning) return { type, status: 'False', reason: 'Stopped', message: 'spec.run is false' };
  if (report.backgroundProblem !== undefined) {
    return { type, status: 'False', reason: 'WorkFailed', message: report.backgroundProblem.message };
  }
  return { type, status: 'True', reason: 'Ready', message: 'takes messages' };
}
