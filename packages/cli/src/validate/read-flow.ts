import { text } from 'node:stream/consumers';
import { CRDS, type TinyNode, type TinySignal } from '@tinysystems/api';
import { type Json, type JsonSchema, compileDecoder } from '@tinysystems/core';
import { CliError } from '../cli-error.ts';
import { type FileResource, parseResources, readResources } from '../dev/read-resources.ts';

/** What files say of one namespace. */
export interface FileFlow {
  readonly namespace: string;
  /** By name; of two of one name the later. */
  readonly nodes: ReadonlyMap<string, TinyNode>;
  /** The nodes that a TinySignal is given for. */
  readonly signalled: ReadonlySet<string>;
}

/**
 * Reads the flows of files, folders and, as `-`, standard input, one for each namespace.
 *
 * @throws CliError naming the file and the field of a resource that the API server would not take.
 */
export async function readFlows(paths: readonly string[], namespace: string): Promise<readonly FileFlow[]> {
  const found: FileResource[] = [];
  for (const path of paths)
    found.push(
      ...(path === '-'
        ? parseResources('standard input', await text(process.stdin))
        : await readResources(path)),
    );
  for (const resource of found) refuseMalformed(resource);
  const byNamespace = Map.groupBy(found, ({ object }) => object.metadata.namespace ?? namespace);
  return [...byNamespace].map(([name, resources]) => flowOf(name, resources));
}

function flowOf(namespace: string, resources: readonly FileResource[]): FileFlow {
  const ofKind = (kind: string) =>
    resources.map(({ object }) => object).filter((object) => object.kind === kind);
  const nodes = ofKind('TinyNode') as unknown as readonly TinyNode[];
  const signals = ofKind('TinySignal') as unknown as readonly TinySignal[];
  return {
    namespace,
    nodes: new Map(nodes.map((node) => [node.metadata.name ?? '', node])),
    signalled: new Set(signals.map(({ spec }) => spec.node)),
  };
}

/** By the schema of the CRD, which is what the API server goes by. */
function refuseMalformed({ file, object }: FileResource): void {
  const { kind = '', metadata } = object;
  const schema = specSchemaOf(kind);
  const spec = (object as { readonly spec?: Json }).spec;
  const decoded = compileDecoder(schema).decode(spec ?? {});
  if (!decoded.ok) throw new CliError(`${file}: ${kind} ${metadata.name}: spec.${decoded.problem}`);
}

function specSchemaOf(kind: string): JsonSchema {
  const crd = CRDS.find(({ spec }) => (spec as { names?: { kind?: string } }).names?.kind === kind);
  const [version] = (crd?.spec['versions'] ?? []) as ReadonlyArray<{
    readonly schema: { readonly openAPIV3Schema: { readonly properties: { readonly spec: JsonSchema } } };
  }>;
  return version?.schema.openAPIV3Schema.properties.spec ?? {};
}
