import {
  type PathNode,
  type Segment,
  type Selector,
  type Node,
  nearestName,
} from '@tinysystems/expression/analysis';
import { describeType, listOf } from './describe.ts';
import type { Inference, View } from './inference.ts';
import { fieldType } from './type-from-schema.ts';
import {
  ERROR,
  INTEGER,
  MISSING,
  type Type,
  alternativesOfType,
  anyType,
  isMissing,
  isNull,
  unionOf,
  without,
} from './type.ts';

type Infer = (node: Node, view: View) => Type;

/** The type of what a path finds: `missing` for none, the value for one, an array for several. */
export function inferPath(path: PathNode, view: View, inference: Inference, infer: Infer): Type {
  const type = new PathInference(path, view, inference, infer).type();
  if (!view.present.has(pathSource(path))) return type;
  return without(type, (part) => isMissing(part) || isNull(part));
}

/** A path as text, as far as it is plain: `$.a[0].b`. */
export function pathSource({ base, segments }: PathNode, end = segments.length): string {
  const start = typeof base === 'string' ? base : '(…)';
  return start + segments.slice(0, end).map(segmentSource).join('');
}

function segmentSource(segment: Segment): string {
  if (segment.kind === 'descend') return '..';
  const [only] = segment.selectors;
  if (segment.selectors.length === 1 && only?.kind === 'name')
    return /^[\p{L}_][\p{L}\p{N}_]*$/u.test(only.name) ? `.${only.name}` : `[${JSON.stringify(only.name)}]`;
  return `[${segment.selectors.map(selectorSource).join(',')}]`;
}

function selectorSource(selector: Selector): string {
  if (selector.kind === 'name') return JSON.stringify(selector.name);
  if (selector.kind === 'index') return String(selector.index);
  if (selector.kind === 'all') return '*';
  return selector.kind === 'slice' ? '…:…' : '…';
}

/** What a step finds; `undefined`: this type has nothing there. */
type Found = Type | undefined;

class PathInference {
  readonly #path: PathNode;
  readonly #view: View;
  readonly #inference: Inference;
  readonly #infer: Infer;

  constructor(path: PathNode, view: View, inference: Inference, infer: Infer) {
    this.#path = path;
    this.#view = view;
    this.#inference = inference;
    this.#infer = infer;
  }

  type(): Type {
    const { segments } = this.#path;
    let type = this.#base();
    let isMany = false;
    for (const [index, segment] of segments.entries()) {
      if (type.kind === 'error') return ERROR;
      isMany ||= !isSingular(segment);
      type = this.#step(type, segment, index);
      if (isMany) type = without(type, isMissing);
    }
    if (!isMany || type.kind === 'error') return type;
    return unionOf([type, { kind: 'array', items: type }, MISSING], true);
  }

  #base(): Type {
    const { base } = this.#path;
    if (base === '$') return this.#inference.root;
    return base === '@' ? this.#view.current : this.#infer(base, this.#view);
  }

  #step(type: Type, segment: Segment, index: number): Type {
    if (segment.kind === 'descend') return anyType("'..' looks at every depth");
    return unionOf(segment.selectors.map((selector) => this.#select(type, selector, index)));
  }

  #select(type: Type, selector: Selector, index: number): Type {
    const step = this.#stepOf(type, selector);
    const parts = alternativesOfType(type).map((part) => (isMissing(part) ? MISSING : step(part)));
    const found = parts.filter((part) => part !== undefined);
    const isPossible = found.some((part) => !isMissing(part)) || alternativesOfType(type).every(isMissing);
    if (isPossible) return unionOf(parts.map((part) => part ?? MISSING));
    this.#refuse(type, selector, index);
    return ERROR;
  }

  #stepOf(type: Type, selector: Selector): (part: Type) => Found {
    switch (selector.kind) {
      case 'name':
        return (part) => nameIn(part, selector.name);
      case 'index':
        return (part) => elementIn(part, selector.index);
      case 'all':
        return childIn;
      case 'slice':
        for (const bound of [selector.start, selector.end, selector.step])
          if (bound !== undefined) this.#infer(bound, this.#within(type));
        return itemIn;
      case 'filter': {
        const child = unionOf(alternativesOfType(type).map((part) => childIn(part) ?? MISSING));
        this.#infer(selector.predicate, this.#within(without(child, isMissing)));
        return childIn;
      }
      case 'dynamic': {
        const key = this.#infer(selector.expression, this.#within(type));
        return (part) => computedIn(part, key);
      }
    }
  }

  #within(current: Type): View {
    return { current, isLazy: true, present: new Set() };
  }

  #refuse(type: Type, selector: Selector, index: number): void {
    const before = pathSource(this.#path, index);
    const found = pathSource(this.#path, index + 1);
    const fields = fieldNames(type);
    if (selector.kind === 'name' && fields.length > 0) {
      const suggestion = nearestName(selector.name, fields);
      const expected = `one of the fields of ${before}: ${listOf(fields)}`;
      return this.#inference.refuse({ code: 'PathUnknown', expected, found, suggestion }, this.#view);
    }
    const expected = `${selector.kind === 'slice' ? 'an array' : 'an object or an array'} at ${before}`;
    this.#inference.refuse(
      { code: 'PathUnknown', expected, found: `${found}, but ${before} is ${describeType(type)}` },
      this.#view,
    );
  }
}

function isSingular(segment: Segment): boolean {
  if (segment.kind === 'descend' || segment.selectors.length !== 1) return false;
  const kind = segment.selectors[0]?.kind;
  return kind === 'name' || kind === 'index' || kind === 'dynamic';
}

function nameIn(type: Type, name: string): Found {
  if (type.kind === 'any') return unionOf([anyType(type.why), MISSING]);
  if (type.kind === 'object') return fieldIn(type, name);
  if (name === 'length' && (type.kind === 'array' || isText(type))) return INTEGER;
  return type.kind === 'array' && /^-?\d+$/.test(name) ? elementIn(type, Number(name)) : undefined;
}

function isText(type: Type): boolean {
  return type.kind === 'string' || (type.kind === 'literal' && typeof type.value === 'string');
}

function fieldIn(type: Extract<Type, { kind: 'object' }>, name: string): Found {
  const field = type.fields.get(name);
  if (field !== undefined) return fieldType(field);
  return type.rest === undefined ? undefined : unionOf([type.rest, MISSING]);
}

function elementIn(type: Type, index: number): Found {
  if (type.kind === 'object') return fieldIn(type, String(index));
  if (type.kind === 'any') return unionOf([type, MISSING]);
  if (type.kind !== 'array') return undefined;
  const { elements } = type;
  if (elements === undefined) return unionOf([type.items, MISSING]);
  return elements.at(index) ?? MISSING;
}

/** Any one child of a container. */
function childIn(type: Type): Found {
  if (type.kind !== 'object') return itemIn(type);
  const fields = [...type.fields.values()].map((field) => field.type);
  return unionOf([...fields, ...(type.rest === undefined ? [] : [type.rest])]);
}

function itemIn(type: Type): Found {
  if (type.kind === 'any') return type;
  return type.kind === 'array' ? type.items : undefined;
}

function computedIn(type: Type, key: Type): Found {
  if (key.kind === 'literal' && typeof key.value === 'string') return nameIn(type, key.value);
  if (key.kind === 'literal' && typeof key.value === 'number') return elementIn(type, key.value);
  if (type.kind === 'any') return unionOf([type, MISSING]);
  if (isText(type)) return unionOf([INTEGER, MISSING]);
  const child = childIn(type);
  if (child === undefined) return undefined;
  return unionOf([child, MISSING, ...(type.kind === 'array' ? [INTEGER] : [])]);
}

function fieldNames(type: Type): readonly string[] {
  return alternativesOfType(type).flatMap((part) => (part.kind === 'object' ? [...part.fields.keys()] : []));
}
