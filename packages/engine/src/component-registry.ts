import { type Component, type Json, type PortDefinition, compileDecoder } from '@tinysystems/core';

/** The components this module ships, by name. */
export class ComponentRegistry {
  readonly #components = new Map<string, Component>();
  readonly #defaultPorts = new Map<string, readonly PortDefinition[]>();

  /** @throws Error when a name is empty or given twice. */
  constructor(components: readonly Component[]) {
    for (const component of components) {
      if (component.name === '')
        throw new Error('a component has no name: give it one in component({ name })');
      if (this.#components.has(component.name))
        throw new Error(`two components are called ${component.name}`);
      this.#components.set(component.name, component);
    }
  }

  get(name: string): Component | undefined {
    return this.#components.get(name);
  }

  /** All of them, by name. */
  list(): readonly Component[] {
    return [...this.#components.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** The ports of a component under its default settings, which are what TinyModule publishes; made once. */
  defaultPorts(name: string): readonly PortDefinition[] {
    const known = this.#defaultPorts.get(name);
    if (known !== undefined) return known;
    const component = this.#components.get(name);
    const ports = component === undefined ? [] : portsByDefault(component);
    this.#defaultPorts.set(name, ports);
    return ports;
  }
}

/** None when the component needs settings that have no default: its ports are not known before it has them. */
function portsByDefault(component: Component): readonly PortDefinition[] {
  const decoded = compileDecoder(component.settings ?? {}).decode({});
  const settings: Json = decoded.ok ? decoded.value : {};
  try {
    return component.ports(settings);
  } catch (error) {
    if (decoded.ok) throw error;
    return [];
  }
}
