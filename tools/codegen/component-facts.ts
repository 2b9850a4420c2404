import { existsSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  type Component,
  type Json,
  type PortDefinition,
  compileDecoder,
  isJsonObject,
} from '@tinysystems/core';

/** A module and what it ships. */
export interface ModuleFacts {
  /** Folder of the module, relative to the root: `modules/common-module`. */
  readonly folder: string;
  readonly name: string;
  readonly description: string;
  readonly components: readonly Component[];
}

/** A port, and the setting that has to be true for it to exist. */
export interface PortFacts extends PortDefinition {
  readonly enabledBy: string | undefined;
}

/**
 * Loads every module's components, sorted by name.
 *
 * @throws Error naming the module that has no `src/components.ts` with an array `components`.
 */
export async function loadModules(root: string): Promise<readonly ModuleFacts[]> {
  const folders = (await readdir(join(root, 'modules'))).sort().map((name) => `modules/${name}`);
  return Promise.all(folders.map((folder) => loadModule(root, folder)));
}

/** The ports under default settings, and after them those that a setting `enable…` adds. */
export function portsOf(component: Component): readonly PortFacts[] {
  const defaults = defaultSettings(component);
  const fixed = component.ports(defaults).map((port) => ({ ...port, enabledBy: undefined }));
  const names = new Set(fixed.map((port) => port.name));
  const optional = enablingSettings(component).flatMap((setting) =>
    component
      .ports({ ...defaults, [setting]: true })
      .filter((port) => !names.has(port.name))
      .map((port) => ({ ...port, enabledBy: setting })),
  );
  return [...fixed, ...optional];
}

async function loadModule(root: string, folder: string): Promise<ModuleFacts> {
  const file = join(root, folder, 'src/components.ts');
  if (!existsSync(file))
    throw new Error(`${folder} has no src/components.ts: export the array components there`);
  const { components } = (await import(pathToFileURL(file).href)) as { components?: readonly Component[] };
  if (!Array.isArray(components)) throw new Error(`${folder}/src/components.ts exports no array components`);
  const manifest = JSON.parse(await readFile(join(root, folder, 'package.json'), 'utf8')) as {
    description: string;
    tinysystems: { module: string };
  };
  const sorted = (components as readonly Component[]).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return { folder, name: manifest.tinysystems.module, description: manifest.description, components: sorted };
}

function defaultSettings({ settings }: Component): Readonly<Record<string, Json>> {
  if (settings === undefined) return {};
  const decoded = compileDecoder(settings).decode({});
  return decoded.ok && isJsonObject(decoded.value) ? decoded.value : {};
}

function enablingSettings({ settings }: Component): readonly string[] {
  return Object.entries(settings?.properties ?? {})
    .filter(([name, schema]) => name.startsWith('enable') && schema.type === 'boolean')
    .map(([name]) => name);
}
