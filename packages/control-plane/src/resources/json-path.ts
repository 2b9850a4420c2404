import { isJsonArray, isJsonObject, type JsonValue } from '../json.ts';
import { writeJson } from '../exact-json.ts';

type Step = (values: readonly JsonValue[]) => readonly JsonValue[];

const STEP =
  /\.([A-Za-z0-9_$/-]+)|\.\*|\[\*\]|\[(-?\d+)\]|\['((?:[^'\\]|\\.)*)'\]|\["((?:[^"\\]|\\.)*)"\]|\[\?\(@\.([\w.-]+)\s*==\s*(?:'([^']*)'|"([^"]*)"|([^)\s]+))\)\]/y;

/**
 * Compiles the simple JSONPath of a CRD (members, indexes, `[*]`, `[?(@.a=="b")]`).
 *
 * @returns a function that finds the values; a path it cannot read finds nothing.
 */
export function compilePath(path: string): (value: JsonValue) => readonly JsonValue[] {
  const text = path.startsWith('.') || path.startsWith('[') ? path : `.${path}`;
  const source = text.replaceAll('\\.', '\u0000');
  const steps: Step[] = [];
  // A filter compiles a path inside this one, so each compilation reads with a position of its own.
  const reader = new RegExp(STEP, 'y');
  while (reader.lastIndex < source.length) {
    const match = reader.exec(source.replaceAll('\u0000', '/'));
    if (!match) return () => [];
    steps.push(stepFrom(match, source));
  }
  return (value) => steps.reduce<readonly JsonValue[]>((values, step) => step(values), [value]);
}

function stepFrom(match: RegExpExecArray, source: string): Step {
  const [text, name, index, single, double, filterPath, ...wanted] = match;
  const quoted = single ?? double;
  if (quoted !== undefined) return membersNamed(quoted.replace(/\\(.)/g, '$1'));
  if (name !== undefined) {
    const raw = source.slice(match.index + 1, match.index + text.length);
    return membersNamed(raw.replaceAll('\u0000', '.'));
  }
  if (index !== undefined) {
    return (values) =>
      values.flatMap((value) =>
        isJsonArray(value) ? value.slice(at(value, Number(index))).slice(0, 1) : [],
      );
  }
  if (filterPath !== undefined) {
    const literal = wanted.find((candidate) => candidate !== undefined) ?? '';
    const find = compilePath(`.${filterPath}`);
    return (values) =>
      values
        .flatMap(children)
        .filter((item) =>
          find(item).some((found) => (typeof found === 'string' ? found : writeJson(found)) === literal),
        );
  }
  return (values) => values.flatMap(children);
}

function membersNamed(name: string): Step {
  return (values) =>
    values.flatMap((value) => {
      const found = isJsonObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
      return found === undefined ? [] : [found];
    });
}

function children(value: JsonValue): readonly JsonValue[] {
  if (isJsonArray(value)) return value;
  return isJsonObject(value) ? Object.values(value).filter((item) => item !== undefined) : [];
}

function at(list: readonly JsonValue[], index: number): number {
  return index < 0 ? Math.max(0, list.length + index) : index;
}
