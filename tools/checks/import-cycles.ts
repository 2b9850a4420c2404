import { join, posix } from 'node:path';
import type { Problem } from './check.ts';
import { readImports } from './imports.ts';
import { loadProjects } from './projects.ts';

/** No file of a project may import itself through other files. Type imports and dynamic imports do not count. */
export async function checkImportCycles(root: string): Promise<readonly Problem[]> {
  const projects = await loadProjects(root);
  const problems = await Promise.all(
    projects.map(async ({ sources }) => {
      const cycles = findCycles(await importGraph(root, sources));
      return cycles.map((cycle) => ({
        where: cycle[0] ?? '',
        what: `files import each other in a circle: ${[...cycle, cycle[0]].join(' → ')}`,
        fix: 'move what both need into a file of its own, or pass it as an argument',
      }));
    }),
  );
  return problems.flat();
}

type Graph = ReadonlyMap<string, readonly string[]>;

async function importGraph(root: string, files: readonly string[]): Promise<Graph> {
  const known = new Set(files);
  const edges = await Promise.all(
    files.map(async (file) => {
      const imports = await readImports(join(root, file));
      const targets = imports
        .filter(({ specifier, kind }) => kind === 'value' && specifier.startsWith('.'))
        .map(({ specifier }) => posix.join(posix.dirname(file), specifier));
      return [file, targets.filter((target) => known.has(target))] as const;
    }),
  );
  return new Map(edges);
}

/** One cycle for each place where a walk through the graph comes back to where it has been. */
export function findCycles(graph: Graph): readonly (readonly string[])[] {
  const cycles: (readonly string[])[] = [];
  const finished = new Set<string>();
  const path: string[] = [];
  const walk = (file: string): void => {
    const seenAt = path.indexOf(file);
    if (seenAt >= 0) cycles.push(path.slice(seenAt));
    if (seenAt >= 0 || finished.has(file)) return;
    path.push(file);
    for (const next of graph.get(file) ?? []) walk(next);
    path.pop();
    finished.add(file);
  };
  for (const file of graph.keys()) walk(file);
  return cycles;
}
