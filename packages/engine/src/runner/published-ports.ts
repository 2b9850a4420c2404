import {
  CONTROL_PORT,
  type Component,
  type Json,
  type NodeSpec,
  type PortDefinition,
  type PublishedPort,
  SETTINGS_PORT,
  compileDecoder,
  isJsonEqual,
  redact,
} from '@tinysystems/core';

/** What a node's published ports are made from. */
export interface PublishedPortsOptions {
  readonly component: Component | undefined;
  readonly spec: NodeSpec;
  readonly ports: readonly PortDefinition[];
  /** As accepted; `undefined`: none yet. */
  readonly settings: Json | undefined;
  readonly view: Json | undefined;
}

/** The ports of a node's status, by name: a schema only where it differs from the component's own. */
export function publishPorts({ component, spec, ports, settings, view }: PublishedPortsOptions): readonly PublishedPort[] {
  if (component === undefined) return [];
  const own = new Map(component.ports(defaultSettings(component)).map((port) => [port.name, port]));
  const published: PublishedPort[] = ports.map((port) => ({
    name: port.name,
    label: port.label,
    position: port.position,
    source: port.direction === 'out',
    ...(!isJsonEqual(own.get(port.name)?.schema as Json, port.schema as Json) && { schema: port.schema }),
  }));
  if (component.settings !== undefined) {
    const shown = redact(settings ?? spec.settings, component.settings);
    published.push({ name: SETTINGS_PORT, label: 'Settings', position: 'top', source: false, configuration: shown });
  }
  if (component.control !== undefined) {
    const shown = view === undefined ? undefined : redact(view, component.control);
    published.push({ name: CONTROL_PORT, label: 'Control', position: 'top', source: false, ...(shown !== undefined && { configuration: shown }) });
  }
  return published.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** What a node without settings runs with. */
export function defaultSettings(component: Component): Json {
  const decoded = compileDecoder(component.settings ?? {}).decode({});
  return decoded.ok ? decoded.value : {};
}
