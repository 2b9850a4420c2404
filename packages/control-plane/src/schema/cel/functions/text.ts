import type { Environment } from '@marcbachmann/cel-js';
import { RE2JS } from 're2js';

/** Texts: what Kubernetes and its version of CEL have beyond the library. */
export function registerText(environment: Environment): void {
  environment
    .registerFunction('string.charAt(int): string', charAt)
    .registerFunction('string.replace(string, string): string', replace)
    .registerFunction('string.replace(string, string, int): string', replace)
    .registerFunction('string.find(string): string', (text: string, pattern: string) => {
      return findAll(text, pattern, 1n)[0] ?? '';
    })
    .registerFunction('string.findAll(string): list<string>', findAll)
    .registerFunction('string.findAll(string, int): list<string>', findAll)
    .registerFunction(`string.${LINEAR_MATCHES}(string): bool`, (text: string, pattern: string) => {
      return compiled(pattern).matcher(text).find();
    })
    .registerFunction('string.format(list<dyn>): string', format)
    .registerType('StringsNamespace', StringsNamespace)
    .registerConstant('strings', 'StringsNamespace', new StringsNamespace())
    .registerFunction('StringsNamespace.quote(string): string', (_: unknown, text: string) =>
      JSON.stringify(text),
    )
    .registerFunction('string(google.protobuf.Duration): string', (duration: { toString(): string }) =>
      duration.toString(),
    )
    .registerFunction('string(google.protobuf.Timestamp): string', isoText);
}

/** What `matches` is called inside: the library's own takes time that grows without bound with some patterns. */
export const LINEAR_MATCHES = 'matchesInLinearTime';

class StringsNamespace {}

function charAt(text: string, index: bigint): string {
  const characters = [...text];
  if (index < 0n || index > characters.length) throw new RangeError(`index out of range: ${index}`);
  return characters[Number(index)] ?? '';
}

function replace(text: string, from: string, to: string, limit = -1n): string {
  const parts = text.split(from);
  const count = limit < 0n ? parts.length - 1 : Math.min(Number(limit), parts.length - 1);
  return (
    parts
      .slice(0, count)
      .map((part) => part + to)
      .join('') + parts.slice(count).join(from)
  );
}

function findAll(text: string, pattern: string, limit = -1n): readonly string[] {
  const matcher = compiled(pattern).matcher(text);
  const found: string[] = [];
  while ((limit < 0n || BigInt(found.length) < limit) && matcher.find()) found.push(matcher.group() ?? '');
  return found;
}

const MAX_PATTERNS = 256;
const patterns = new Map<string, RE2JS>();

// A rule has the same pattern each time; a pattern from data must not fill the memory.
function compiled(pattern: string): RE2JS {
  const known = patterns.get(pattern);
  if (known) return known;
  if (patterns.size >= MAX_PATTERNS) patterns.clear();
  const made = RE2JS.compile(pattern);
  patterns.set(pattern, made);
  return made;
}

const VERB = /%(?:\.(\d+))?([a-zA-Z%])/g;

function format(template: string, values: readonly unknown[]): string {
  let index = 0;
  return template.replaceAll(VERB, (_match, precision: string | undefined, verb: string) => {
    if (verb === '%') return '%';
    if (index >= values.length) throw new RangeError(`index ${index} out of range`);
    return formatted(values[index++], verb, precision === undefined ? 6 : Number(precision));
  });
}

function formatted(value: unknown, verb: string, precision: number): string {
  switch (verb) {
    case 's':
      return shown(value);
    case 'd':
      return String(value);
    case 'f':
      return Number(value).toFixed(precision);
    case 'e':
      return Number(value)
        .toExponential(precision)
        .replace(/e([+-])(\d)$/, 'e$10$2');
    case 'b':
      return radix(value, 2);
    case 'o':
      return radix(value, 8);
    case 'x':
    case 'X': {
      const text = typeof value === 'string' ? Buffer.from(value, 'utf8').toString('hex') : radix(value, 16);
      return verb === 'X' ? text.toUpperCase() : text;
    }
    default:
      throw new RangeError(`could not parse formatting clause: unrecognized formatting clause "${verb}"`);
  }
}

function radix(value: unknown, base: number): string {
  return typeof value === 'boolean' ? String(Number(value)) : (value as bigint).toString(base);
}

function shown(value: unknown): string {
  if (value === null) return 'null';
  if (value instanceof Date) return isoText(value);
  if (Array.isArray(value)) return `[${value.map(shown).join(', ')}]`;
  if (typeof value === 'object' && value.constructor === Object) {
    const entries = Object.entries(value).map(([key, item]) => `${key}: ${shown(item)}`);
    return `{${entries.toSorted().join(', ')}}`;
  }
  return (value as { toString(): string }).toString();
}

function isoText(moment: Date): string {
  return moment
    .toISOString()
    .replace(/\.000Z$/, 'Z')
    .replace(/(\.\d*[1-9])0+Z$/, '$1Z');
}
