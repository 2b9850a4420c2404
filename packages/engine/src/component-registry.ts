import type { Component } from '@tinysystems/core';

/** The components this module ships, by name. */
export class ComponentRegistry {
  readonly #components = new Map<string, Component>();

  /** @throws Error when a name is empty or given twice, or a component declares a port twice. */
  constructor(components: readonly Component[]) {
    for (const component of components) {
      if (component.name === '') throw new Error('a component has no name: give it one in component({ name })');
      if (this.#components.has(component.name)) throw new Error(`two components are called ${component.name}`);
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
}
