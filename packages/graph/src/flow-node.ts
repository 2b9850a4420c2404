import {
  ANY_SCHEMA,
  type Component,
  type Json,
  type JsonSchema,
  type PublishedPort,
  SETTINGS_PORT,
  isJsonObject,
  isJsonEqual,
  secretReferenceFrom,
} from '@tinysystems/core';
import { nearestName } from '@tinysystems/expression/analysis';
import { decoderOf } from './decoder-of.ts';
import { listOf } from './describe.ts';
import type { Finding } from './finding.ts';
import { type Authored, flowPortsFromDefinitions, flowPortsFromPublished } from './flow-ports.ts';
import type { FlowEdge, FlowNode } from './flow.ts';

/** The parts of a TinyNode that a check reads. */
export interface NodeResource {
  readonly metadata: { readonly name?: string };
  readonly spec: {
    readonly module: string;
    readonly component: string;
    readonly settings?: Json;
    readonly ports?: Authored;
    readonly edges?: readonly FlowEdge[];
  };
  readonly status?: { readonly ports?: readonly PublishedPort[] };
}

/** A component as `TinyModule.status` lists it. */
export interface PublishedComponent {
  readonly name: string;
  readonly tags: readonly string[];
  readonly ports: readonly PublishedPort[];
}

/** What is known of a node's module, to read the node with. */
export interface KnownModule<C> {
  readonly components: readonly C[];
  /** The same node as it runs, whose status says which ports it has; `undefined`: it does not. */
  readonly running?: NodeResource | undefined;
}

/** The tag of components that begin messages by themselves. */
const TRIGGER_TAG = 'trigger';

/** A node whose module's code is at hand: its ports are known exactly, and its settings are checked. */
export function flowNodeFromComponent(
  node: NodeResource,
  module: KnownModule<Component> | undefined,
): FlowNode {
  const component = module?.components.find(({ name }) => name === node.spec.component);
  if (module === undefined || component === undefined) return unknownNode(node, module);
  const common = commonOf(node, component.tags);
  const { problem, settings } = acceptedSettings(node, component.settings);
  if (problem !== undefined) return { ...common, ports: [], morePorts: MORE_PORTS, problems: [problem] };
  try {
    return { ...common, ports: flowPortsFromDefinitions(component.ports(settings), node.spec.ports) };
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    const problem: Finding = rejected(node, text);
    // The ports may depend on what a reference holds, which nobody knows here.
    const isOpen = hasReference(settings);
    const problems = [isOpen ? { ...problem, state: 'unknown' as const, reason: REFERENCES } : problem];
    return { ...common, ports: [], morePorts: MORE_PORTS, problems };
  }
}

/** A node of a cluster: its ports are those that its status and its TinyModule publish. */
export function flowNodeFromPublished(
  node: NodeResource,
  module: KnownModule<PublishedComponent> | undefined,
): FlowNode {
  const component = module?.components.find(({ name }) => name === node.spec.component);
  if (module === undefined || component === undefined) return unknownNode(node, module);
  const settingsPort = component.ports.find(({ name }) => name === SETTINGS_PORT);
  const { problem } = acceptedSettings(node, settingsPort?.schema);
  const running = isSameSetUp(node, module.running) ? module.running?.status?.ports : undefined;
  const isOpen = running === undefined && settingsPort !== undefined;
  return {
    ...commonOf(node, component.tags),
    ports: flowPortsFromPublished({ component: component.ports, node: running, authored: node.spec.ports }),
    ...(isOpen && { morePorts: 'its ports may depend on settings that no module has seen yet' }),
    ...(problem !== undefined && { problems: [problem] }),
  };
}

const REFERENCES = 'its settings refer to Secrets, whose values are not known here';
const MORE_PORTS = 'its ports are not known while its settings are not accepted';

function commonOf({ metadata, spec }: NodeResource, tags: readonly string[]) {
  const { module, component, edges = [] } = spec;
  return { name: metadata.name ?? '', module, component, edges, isTrigger: tags.includes(TRIGGER_TAG) };
}

/** Whether the ports of the running node are those of this one. */
function isSameSetUp({ spec }: NodeResource, running: NodeResource | undefined): boolean {
  return (
    spec.component === running?.spec.component &&
    isJsonEqual(spec.settings ?? {}, running.spec.settings ?? {})
  );
}

function unknownNode(
  node: NodeResource,
  module: KnownModule<{ readonly name: string }> | undefined,
): FlowNode {
  const { module: moduleName, component } = node.spec;
  // It may begin messages for all that is known.
  const common = { ...commonOf(node, [TRIGGER_TAG]), ports: [] };
  if (module === undefined) {
    const morePorts = `module ${moduleName} is not known here`;
    const problem: Finding = {
      ...{ state: 'unknown', code: 'ModuleUnknown', path: [] },
      expected: `the module ${moduleName}`,
      found: 'none of that name',
      reason: 'its components, and the edges from and to this node, are not checked',
    };
    return { ...common, morePorts, problems: [problem] };
  }
  const names = module.components.map(({ name }) => name);
  const suggestion = nearestName(component, names);
  const problem: Finding = {
    ...{ state: 'invalid', code: 'ComponentUnknown', path: [] },
    expected: `one of the components of ${moduleName}: ${listOf(names)}`,
    found: component,
    ...(suggestion !== undefined && { suggestion }),
  };
  return { ...common, morePorts: `module ${moduleName} has no component ${component}`, problems: [problem] };
}

/** The settings with defaults, or why they are not accepted. */
function acceptedSettings(
  node: NodeResource,
  schema: JsonSchema | undefined,
): { readonly problem?: Finding; readonly settings: Json } {
  const settings = node.spec.settings ?? {};
  const decoded = decoderOf(schema ?? ANY_SCHEMA).decode(settings);
  return decoded.ok ? { settings: decoded.value } : { settings, problem: rejected(node, decoded.problem) };
}

function rejected({ spec }: NodeResource, text: string): Finding {
  return {
    ...{ state: 'invalid', code: 'SettingsRejected', path: [] },
    expected: `settings that ${spec.component} accepts`,
    found: text,
  };
}

function hasReference(settings: Json): boolean {
  if (Array.isArray(settings)) return (settings as readonly Json[]).some(hasReference);
  if (!isJsonObject(settings)) return false;
  return secretReferenceFrom(settings) !== undefined || Object.values(settings).some(hasReference);
}
