import { badRequest } from '../http/status.ts';
import type { KubeObject } from '../kube-object.ts';
import type { Resource } from './definition.ts';
import { parseLabelSelector } from './label-selector.ts';

/** Whether an object belongs to a list or a watch. */
export type Selector = (object: KubeObject) => boolean;

/** What of a list or watch request chooses objects. */
export interface SelectorOptions {
  readonly resource: Resource;
  readonly namespace: string | undefined;
  readonly labelSelector: string | undefined;
  readonly fieldSelector: string | undefined;
}

/**
 * Compiles namespace, label and field selector into one test.
 *
 * @throws StatusError 400 for a selector that cannot be read or names a field that is not selectable.
 */
export function compileSelector(options: SelectorOptions): Selector {
  const { namespace, labelSelector, fieldSelector, resource } = options;
  const tests: Selector[] = [];
  if (namespace !== undefined) tests.push((object) => object.metadata.namespace === namespace);
  if (labelSelector) {
    const test = parseLabelSelector(labelSelector);
    tests.push((object) => test(object.metadata.labels ?? {}));
  }
  if (fieldSelector) tests.push(...fieldTests(fieldSelector, resource));
  return (object) => tests.every((test) => test(object));
}

/** The one name that a field selector leaves, if it names one. */
export function selectedName(fieldSelector: string): string | undefined {
  const terms = fieldSelector.split(',').map(fieldTerm);
  const named = terms.find((term) => term?.path.trim() === 'metadata.name' && term.operator !== '!=');
  return named?.value || undefined;
}

function fieldTests(selector: string, resource: Resource): readonly Selector[] {
  return selector
    .split(',')
    .filter((term) => term !== '')
    .map((term) => {
      const parsed = fieldTerm(term);
      if (!parsed) throw badRequest(`invalid selector: '${selector}'; can't understand '${term}'`);
      const { path, operator, value } = parsed;
      const read = fieldReader(path.trim(), resource);
      if (!read) throw badRequest(`field label not supported: ${path}`);
      return operator === '!=' ? (object) => read(object) !== value : (object) => read(object) === value;
    });
}

interface FieldTerm {
  readonly path: string;
  readonly operator: string;
  readonly value: string;
}

function fieldTerm(term: string): FieldTerm | undefined {
  const match = /^([^=!]+)(==|=|!=)(.*)$/.exec(term);
  if (!match) return undefined;
  const [, path = '', operator = '', value = ''] = match;
  return { path, operator, value };
}

function fieldReader(path: string, { version }: Resource): ((object: KubeObject) => string) | undefined {
  if (path === 'metadata.name') return (object) => object.metadata.name ?? '';
  if (path === 'metadata.namespace') return (object) => object.metadata.namespace ?? '';
  return version.selectableFields.find((field) => field.path === path)?.read;
}
