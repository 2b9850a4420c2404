import type { JsonObject } from '../json.ts';
import type { KubeObject } from '../kube-object.ts';
import { apiVersionOf, groupVersion, storageVersion, type Resource } from './definition.ts';

/** The object as a request for `resource` sees it: versions of a kind differ in apiVersion only. */
export function toVersion(object: KubeObject, resource: Resource): KubeObject {
  const apiVersion = apiVersionOf(resource);
  if (object.apiVersion === apiVersion) return object;
  const { storedForm } = resource.definition;
  if (!storedForm) return { ...object, apiVersion };
  const servedNames = Object.entries(storedForm.memberNames).map(
    ([served, stored]) => [stored, served] as const,
  );
  return { ...renamed(object, new Map(servedNames)), apiVersion };
}

/** The object as it is kept. */
export function toStorage(object: KubeObject, { definition }: Resource): KubeObject {
  const { storedForm } = definition;
  if (storedForm) {
    const storedNames = new Map(Object.entries(storedForm.memberNames));
    return { ...renamed(object, storedNames), apiVersion: storedForm.apiVersion };
  }
  const apiVersion = groupVersion(definition.group, storageVersion(definition).name);
  return object.apiVersion === apiVersion ? object : { ...object, apiVersion };
}

function renamed(object: KubeObject, names: ReadonlyMap<string, string>): KubeObject {
  const entries = Object.entries(object).map(([name, value]) => [names.get(name) ?? name, value] as const);
  return Object.fromEntries(entries) satisfies JsonObject as KubeObject;
}
