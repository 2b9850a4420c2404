import type { JsonObject, JsonValue } from '../json.ts';
import type { KubeObject } from '../kube-object.ts';
import { apiVersionOf, type Resource } from '../resources/definition.ts';
import { toVersion } from '../resources/versions.ts';
import { objectText } from '../storage/object-text.ts';
import type { Presentation } from './negotiate.ts';
import { writeJson } from '../exact-json.ts';

/** What a table row carries besides its cells. */
export type IncludeObject = 'Metadata' | 'Object' | 'None';

/** How one request wants its objects: form, version, and the clock for ages. */
export interface ViewOptions {
  readonly resource: Resource;
  readonly presentation: Presentation;
  readonly includeObject: IncludeObject;
  readonly nowMs: number;
}

const versions = new WeakMap<KubeObject, Map<string, KubeObject>>();

/** The object's JSON in the version of `resource`; written once for each stored object and version. */
export function encodeObject(object: KubeObject, resource: Resource): string {
  const apiVersion = apiVersionOf(resource);
  if (object.apiVersion === apiVersion) return objectText(object);
  let converted = versions.get(object);
  if (!converted) versions.set(object, (converted = new Map<string, KubeObject>()));
  let version = converted.get(apiVersion);
  if (!version) converted.set(apiVersion, (version = toVersion(object, resource)));
  return objectText(version);
}

/** One object as the request wants it, as JSON text. */
export function encodeView(object: KubeObject, options: ViewOptions): string {
  switch (options.presentation.form) {
    case 'object':
      return encodeObject(object, options.resource);
    case 'partial':
      return writeJson(partialObject(object, options.presentation.metaVersion));
    case 'table':
      return writeJson(
        table([object], options, { metadata: { resourceVersion: object.metadata.resourceVersion } }),
      );
  }
}

/** A list as the request wants it, as JSON text. */
export function encodeList(items: readonly KubeObject[], metadata: JsonObject, options: ViewOptions): string {
  const { resource, presentation } = options;
  if (presentation.form === 'table') {
    const { continue: token, ...rest } = metadata;
    return writeJson(table(items, options, { metadata: token === '' ? rest : metadata }));
  }
  const isPartial = presentation.form === 'partial';
  const head = isPartial
    ? { kind: 'PartialObjectMetadataList', apiVersion: `meta.k8s.io/${presentation.metaVersion}`, metadata }
    : { kind: resource.definition.listKind, apiVersion: apiVersionOf(resource), metadata };
  // Objects are encoded already; a list only joins their texts.
  const texts = items.map((item) => withoutType(encodeView(item, options), options));
  return `${JSON.stringify(head).slice(0, -1)},"items":[${texts.join(',')}]}`;
}

/** A meta.k8s.io Table of `objects`. */
export function table(
  objects: readonly KubeObject[],
  options: ViewOptions,
  { metadata, hasColumns = true }: { readonly metadata: JsonObject; readonly hasColumns?: boolean },
): JsonObject {
  const { columns } = options.resource.version;
  const definitions = columns.map(({ name, type, format, description, priority }) => {
    return { name, type, format, description, priority };
  });
  return {
    kind: 'Table',
    apiVersion: `meta.k8s.io/${options.presentation.metaVersion}`,
    metadata,
    columnDefinitions: hasColumns ? definitions : null,
    rows: objects.map((object) => ({
      cells: columns.map((column) => column.cell(object, options.nowMs)),
      object: rowObject(object, options),
    })),
  };
}

/** Metadata alone, as garbage collectors and informers ask for it. */
export function partialObject(object: KubeObject, metaVersion: string): JsonObject {
  return {
    kind: 'PartialObjectMetadata',
    apiVersion: `meta.k8s.io/${metaVersion}`,
    metadata: object.metadata,
  };
}

function rowObject(object: KubeObject, options: ViewOptions): JsonValue {
  if (options.includeObject === 'None') return null;
  if (options.includeObject === 'Object') return toVersion(object, options.resource);
  return partialObject(object, options.presentation.metaVersion);
}

/** As from a real server, the items of a built-in kind leave it to the list to say what they are. */
function withoutType(text: string, { resource, presentation }: ViewOptions): string {
  if (resource.definition.isCustom || presentation.form !== 'object') return text;
  return `{${text.slice(text.indexOf('"metadata":'))}`;
}
