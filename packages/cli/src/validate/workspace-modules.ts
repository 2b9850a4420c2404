import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { TinyNode } from '@tinysystems/api';
import { type Component, isSameModule } from '@tinysystems/core';
import { type FlowNode, flowNodeFromComponent } from '@tinysystems/graph';
import { CliError, textOf } from '../cli-error.ts';
import { findModules } from '../dev/modules.ts';

/** Reads nodes with what the modules of a folder declare. */
export type ReadNode = (node: TinyNode) => FlowNode;

/**
 * Loads the components of every module of a folder: the array `components` of the file `components.ts` (or `.js`)
 * beside the module's main file. Nothing is started.
 *
 * @throws CliError naming the module whose components cannot be loaded.
 */
export async function workspaceModules(folder: string): Promise<ReadNode> {
  const modules = await findModules(folder);
  const loaded = await Promise.all(
    modules.map(async ({ name, main }) => ({ name, components: await loadComponents(name, dirname(main)) })),
  );
  return (node) =>
    flowNodeFromComponent(
      node,
      loaded.find(({ name }) => isSameModule(node.spec.module, name)),
    );
}

async function loadComponents(module: string, folder: string): Promise<readonly Component[]> {
  const file = ['components.ts', 'components.js']
    .map((name) => join(folder, name))
    .find((path) => existsSync(path));
  if (file === undefined)
    throw new CliError(`module ${module}: ${folder} has no components.ts: export the array components there`);
  try {
    const { components } = (await import(pathToFileURL(file).href)) as { components?: readonly Component[] };
    if (Array.isArray(components)) return components as readonly Component[];
  } catch (error) {
    throw new CliError(`module ${module}: ${file} cannot be loaded: ${textOf(error)}`, { cause: error });
  }
  throw new CliError(`module ${module}: ${file} exports no array components`);
}
