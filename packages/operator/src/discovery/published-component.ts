import type { TinyModuleComponent, TinyNodePort } from '@tinysystems/api';
import {
  CONTROL_PORT,
  type Component,
  type Json,
  SETTINGS_PORT,
  compileDecoder,
  publishedPort,
} from '@tinysystems/core';

/** A component as TinyModule lists it: its ports under default settings, with their schemas. */
export function publishedComponent(component: Component): TinyModuleComponent {
  const decoded = compileDecoder(component.settings ?? {}).decode({});
  const settings: Json = decoded.ok ? decoded.value : {};
  const ports: TinyNodePort[] = component.ports(settings).map((port) => publishedPort(port));
  if (component.settings !== undefined) {
    ports.push({
      name: SETTINGS_PORT,
      label: 'Settings',
      position: 'top',
      source: false,
      schema: component.settings,
    });
  }
  if (component.control !== undefined) {
    ports.push({
      name: CONTROL_PORT,
      label: 'Control',
      position: 'top',
      source: false,
      schema: component.control,
    });
  }
  const { name, description, info, tags } = component;
  return { name, description, info, tags, ports: ports.sort((a, b) => (a.name < b.name ? -1 : 1)) };
}
