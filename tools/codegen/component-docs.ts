import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Component } from '@tinysystems/core';
import { format, resolveConfig } from 'prettier';
import { type ModuleFacts, type PortFacts, loadModules, portsOf } from './component-facts.ts';
import type { GeneratedFiles } from './generated-files.ts';
import { schemaText } from './schema-text.ts';

const REFERENCE = 'docs/reference/components.md';
const OPEN = '<!-- components -->';
const CLOSE = '<!-- /components -->';

/** The component tables of the modules' READMEs, and the reference page of all components. */
export async function generateComponentDocs(root: string): Promise<GeneratedFiles> {
  const modules = await loadModules(root);
  const files = new Map<string, string>();
  for (const module of modules) {
    const path = `${module.folder}/README.md`;
    files.set(
      path,
      await pretty(root, path, fillBlock(await readme(root, path), summaryTable(module), path)),
    );
  }
  files.set(REFERENCE, await pretty(root, REFERENCE, referencePage(modules)));
  return { files, folders: [] };
}

/**
 * `text` with everything between the two marks replaced.
 *
 * @throws Error when a mark is missing.
 */
export function fillBlock(text: string, content: string, path: string): string {
  const start = text.indexOf(OPEN);
  const end = text.indexOf(CLOSE);
  if (start < 0 || end < start) throw new Error(`${path} has no block ${OPEN} … ${CLOSE} for its components`);
  return `${text.slice(0, start + OPEN.length)}\n\n${content}\n\n${text.slice(end)}`;
}

async function readme(root: string, path: string): Promise<string> {
  if (!existsSync(join(root, path)))
    throw new Error(`${path} is missing: say what the module is, and keep ${OPEN} ${CLOSE}`);
  return readFile(join(root, path), 'utf8');
}

async function pretty(root: string, path: string, text: string): Promise<string> {
  return format(text, { ...(await resolveConfig(join(root, path))), parser: 'markdown' });
}

function summaryTable({ components }: ModuleFacts): string {
  const rows = components.map((component) => {
    const ports = portsOf(component);
    const inPorts = [...portNames(ports, 'in'), ...(component.control === undefined ? [] : ['`_control`'])];
    return [`\`${component.name}\``, component.description, list(inPorts), list(portNames(ports, 'out'))];
  });
  const legend = 'Ports under default settings; one in parentheses exists when a setting enables it.';
  return `${table(['Component', 'What it does', 'In', 'Out'], rows)}\n\n${legend}`;
}

/** In parentheses: only there when a setting says so. */
function portNames(ports: readonly PortFacts[], direction: 'in' | 'out'): readonly string[] {
  return ports
    .filter((port) => port.direction === direction)
    .map((port) => (port.enabledBy === undefined ? `\`${port.name}\`` : `(\`${port.name}\`)`));
}

function list(names: readonly string[]): string {
  return names.length === 0 ? '–' : names.join(', ');
}

function referencePage(modules: readonly ModuleFacts[]): string {
  const intro =
    'Every component of every module in this repository, with default settings. ' +
    'A `?` marks a field that may be left out. This page is generated from the sources by `npm run codegen`.';
  return ['# Components', intro, ...modules.flatMap(moduleSection)].join('\n\n');
}

function moduleSection(module: ModuleFacts): readonly string[] {
  return [`## ${module.name}`, module.description, ...module.components.flatMap(componentSection)];
}

function componentSection(component: Component): readonly string[] {
  const { name, description, info, settings, control } = component;
  const parts = [`### ${name}`, description];
  if (info !== '' && info !== description) parts.push(info);
  if (Object.keys(settings?.properties ?? {}).length > 0) parts.push(settingsTable(component));
  parts.push(portsTable(component));
  if (control !== undefined) parts.push(`Control: \`${schemaText(control)}\`.`);
  return parts;
}

function settingsTable({ settings }: Component): string {
  const rows = Object.entries(settings?.properties ?? {}).map(([name, schema]) => [
    `\`${name}\``,
    `\`${schemaText(schema)}\``,
    schema.default === undefined ? '–' : `\`${JSON.stringify(schema.default)}\``,
    schema.description ?? schema.title ?? '',
  ]);
  return table(['Setting', 'Type', 'Default', 'Meaning'], rows);
}

function portsTable(component: Component): string {
  const rows = portsOf(component).map((port) => [
    `\`${port.name}\`${port.enabledBy === undefined ? '' : ` (with \`${port.enabledBy}\`)`}`,
    port.direction,
    `\`${schemaText(port.schema)}\``,
    port.reply === undefined ? '–' : `\`${schemaText(port.reply)}\``,
  ]);
  return table(['Port', '', 'Message', 'Answered with'], rows);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(toCell).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function toCell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
