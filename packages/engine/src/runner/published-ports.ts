import {
  CONTROL_PORT,
  type Component,
  type Json,
  type NodeSpec,
  type PortDefinition,
  type PublishedPort,
  SETTINGS_PORT,
  type SecretMask,
  publishedPort,
  redact,
} from '@tinysystems/core';

/** What a node's published ports are made from. */
export interface PublishedPortsOptions {
  readonly component: Component | undefined;
  readonly spec: NodeSpec;
  readonly ports: readonly PortDefinition[];
  /** The component's ports as TinyModule publishes them. */
  readonly own: readonly PortDefinition[];
  /** As accepted; `undefined`: none yet. */
  readonly settings: Json | undefined;
  readonly view: Json | undefined;
  readonly mask: SecretMask;
}

/** The ports of a node's status, by name: a schema only where it differs from the component's own. */
export function publishPorts({
  component,
  spec,
  ports,
  own,
  settings,
  view,
  mask,
}: PublishedPortsOptions): readonly PublishedPort[] {
  if (component === undefined) return [];
  const ownByName = new Map(own.map((port) => [port.name, port]));
  const published: PublishedPort[] = ports.map((port) => publishedPort(port, ownByName.get(port.name)));
  if (component.settings !== undefined) {
    const shown = redact(settings ?? spec.settings, component.settings);
    published.push({
      name: SETTINGS_PORT,
      label: 'Settings',
      position: 'top',
      source: false,
      configuration: shown,
    });
  }
  if (component.control !== undefined) {
    const shown = view === undefined ? undefined : mask.json(redact(view, component.control));
    published.push({
      name: CONTROL_PORT,
      label: 'Control',
      position: 'top',
      source: false,
      ...(shown !== undefined && { configuration: shown }),
    });
  }
  return published.sort((a, b) => (a.name < b.name ? -1 : 1));
}
