import type { Cause } from '../http/status.ts';
import type { JsonObject, JsonValue } from '../json.ts';
import type { KubeObject } from '../kube-object.ts';
import type { CompiledSchema } from '../schema/compiled-schema.ts';

/** One column of a Table. */
export interface Column {
  readonly name: string;
  readonly type: string;
  readonly format: string;
  readonly description: string;
  readonly priority: number;
  /** The cell of `object`; null for a missing value. */
  readonly cell: (object: KubeObject, nowMs: number) => JsonValue;
}

/** Where a CRD's scale subresource finds its numbers; dotted paths as member names. */
export interface ScalePaths {
  readonly specReplicas: readonly string[];
  readonly statusReplicas: readonly string[];
  readonly labelSelector: readonly string[] | undefined;
}

/** A field that field selectors may name. */
export interface SelectableField {
  readonly path: string;
  readonly read: (object: KubeObject) => string;
}

/** One served version of a resource. */
export interface VersionDefinition {
  readonly name: string;
  readonly isServed: boolean;
  readonly isStorage: boolean;
  readonly schema: CompiledSchema;
  readonly columns: readonly Column[];
  /** What to tell clients that still use it. */
  readonly deprecation?: string | undefined;
  readonly hasStatus: boolean;
  readonly scale: ScalePaths | undefined;
  readonly selectableFields: readonly SelectableField[];
}

/** How objects of one kind are stored as those of another. */
export interface StoredForm {
  readonly apiVersion: string;
  /** Stored member name by served member name. */
  readonly memberNames: Readonly<Record<string, string>>;
}

/** A part of an object with a path of its own, besides status and scale. */
export interface ExtraSubresource {
  readonly name: string;
  readonly verbs: readonly string[];
  /** What it speaks of, when that is not the object itself. */
  readonly kind?: { readonly group: string; readonly version: string; readonly kind: string };
}

/** A kind of objects that the server keeps. */
export interface ResourceDefinition {
  readonly group: string;
  readonly kind: string;
  readonly listKind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly isNamespaced: boolean;
  /** Custom resources know no strategic merge patch and must name the version that they replace. */
  readonly isCustom: boolean;
  readonly subresources: readonly ExtraSubresource[];
  /** Preferred version first. */
  readonly versions: readonly VersionDefinition[];
  /** False while its CRD is being deleted: nothing new may be created. */
  readonly isTerminating: boolean;
  /** Where its objects are kept: two groups may serve the same objects. */
  readonly storedAs: string;
  /** For a kind whose objects another kind stores: what differs between the two. */
  readonly storedForm?: StoredForm;
  /** What the decoder fills in beyond the schema's defaults; whoever writes the object owns it. */
  readonly fillIn?: (object: KubeObject) => KubeObject;
  /** What the server writes by itself; nobody owns it. */
  readonly prepare?: (object: KubeObject, old: KubeObject | undefined, subresource?: string) => KubeObject;
  /** What becomes of an object when its deletion begins and it has to wait. */
  readonly beginDeletion?: (object: KubeObject, time: string) => KubeObject;
  /** What an object that says nothing looks like: members that its type always has are owned by nobody. */
  readonly zero?: JsonObject;
  /** Rules beyond the schema. */
  readonly check?: (object: KubeObject, old: KubeObject | undefined) => readonly Cause[];
}

/** A definition together with the version that a request names. */
export interface Resource {
  readonly definition: ResourceDefinition;
  readonly version: VersionDefinition;
}

/** `group/version`, or just the version in the core group. */
export function groupVersion(group: string, version: string): string {
  return group === '' ? version : `${group}/${version}`;
}

/** The apiVersion that objects of this resource carry. */
export function apiVersionOf({ definition, version }: Resource): string {
  return groupVersion(definition.group, version.name);
}

/** The version in which objects are kept. */
export function storageVersion(definition: ResourceDefinition): VersionDefinition {
  const version = definition.versions.find((candidate) => candidate.isStorage) ?? definition.versions[0];
  if (!version) throw new Error(`Resource ${definition.plural}.${definition.group} has no version.`);
  return version;
}
