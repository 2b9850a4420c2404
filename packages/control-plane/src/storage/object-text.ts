import type { KubeObject } from '../kube-object.ts';
import { writeJson } from '../exact-json.ts';

const texts = new WeakMap<KubeObject, string>();

/** The JSON of an object that nobody changes any more: written once, however often it is kept, counted and sent. */
export function objectText(object: KubeObject): string {
  let text = texts.get(object);
  if (text === undefined) texts.set(object, (text = writeObject(object)));
  return text;
}

// apiVersion, kind and metadata first: people read these texts.
function writeObject(object: KubeObject): string {
  const { apiVersion, kind, metadata, ...rest } = object;
  return writeJson({ apiVersion, kind, metadata, ...rest });
}
