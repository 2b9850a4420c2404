import { WORKERS } from './wire.ts';

type Parts = Record<string, unknown>;

const edge = { id: 'e', port: 'once', to: 'worker', toPort: 'in' };
const good = (more: Parts = {}): Parts => ({ module: WORKERS, component: 'door', ...more });

/** A spec that nobody should write, and what its `Ready` condition says of it. */
export interface Malformed {
  readonly what: string;
  readonly spec: unknown;
  /** `undefined`: it is well-formed, however strange; the node is ready. */
  readonly reason?: string;
  /** The CRD as it is lets it through. */
  readonly isAllowed?: boolean;
}

/** The cases of the catalogue. */
export const MALFORMED: readonly Malformed[] = [
  { what: 'settings of a wrong type', spec: good({ settings: 'none' }), reason: 'SpecInvalid' },
  { what: 'edges of a wrong type', spec: good({ edges: { a: edge } }), reason: 'SpecInvalid' },
  { what: 'an edge to a number', spec: good({ edges: [{ ...edge, to: 7 }] }), reason: 'SpecInvalid' },
  { what: 'run as a text', spec: good({ run: 'yes' }), reason: 'SpecInvalid' },
  { what: 'a component that is a number', spec: good({ component: 42 }), reason: 'SpecInvalid' },
  { what: 'concurrency that is negative', spec: good({ concurrency: { max: -1 } }), reason: 'SpecInvalid' },
  { what: 'null for settings', spec: good({ settings: null }), reason: 'SpecInvalid', isAllowed: true },
  { what: 'null for an edge', spec: good({ edges: [edge, null] }), reason: 'SpecInvalid' },
  {
    what: 'settings of 1 MB',
    spec: good({ settings: { text: 'x'.repeat(1024 * 1024) } }),
    isAllowed: true,
  },
  {
    what: 'an unknown out port',
    spec: good({ edges: [{ ...edge, port: 'nowhere' }] }),
    reason: 'Unresolved',
    isAllowed: true,
  },
  {
    what: 'an unknown in port',
    spec: good({ edges: [{ ...edge, toPort: 'nowhere' }] }),
    reason: 'Unresolved',
    isAllowed: true,
  },
  {
    what: 'an edge to itself',
    spec: good({ edges: [{ ...edge, to: 'bad-11', toPort: 'in' }] }),
    reason: 'Unresolved',
    isAllowed: true,
  },
  {
    what: '10,000 edges',
    spec: good({ edges: Array.from({ length: 10_000 }, (_, n) => ({ ...edge, id: `e${n}`, to: `n${n}` })) }),
    reason: 'Unresolved',
  },
  {
    what: 'names beyond ASCII',
    spec: good({ edges: [{ ...edge, id: 'é\u202e日本', to: 'wörker' }] }),
    reason: 'Unresolved',
    isAllowed: true,
  },
  {
    what: 'a component beyond ASCII',
    spec: good({ component: '\u0000türe🚪' }),
    reason: 'ComponentUnknown',
    isAllowed: true,
  },
];

const JUNK: readonly ((random: () => number) => unknown)[] = [
  () => null,
  () => true,
  () => [],
  () => ({}),
  () => '',
  (random) => Math.floor((random() - 0.5) * 1e6),
  (random) => random() * 1e300,
  (random) => String.fromCodePoint(...Array.from({ length: 8 }, () => 1 + Math.floor(random() * 0xd7fe))),
  (random) => 'x'.repeat(Math.floor(random() * 5_000)),
  () => ({ __proto__: null, constructor: 1, prototype: [], toString: null, length: -1 }),
  () => JSON.parse(`${'['.repeat(100)}${']'.repeat(100)}`) as unknown,
  () => '{{ $..[?(@.a)] }} {{ ((((((( }}',
  () => [{ ...edge }, { ...edge }, { ...edge }],
];

/** A spec with one to three of its parts replaced by something else. */
export function randomSpec(random: () => number): unknown {
  const spec: Parts = good({
    version: '>=0.1',
    run: true,
    settings: { a: { b: [1, 2] } },
    ports: [{ name: 'once', schema: { type: 'object', properties: { n: { type: 'number' } } } }],
    concurrency: { max: 4, queue: 4 },
    edges: [
      {
        ...edge,
        configuration: { n: '{{ $.n }}', holdMs: 1 },
        retry: { maxAttempts: 2, initialDelay: '1ms' },
      },
      { ...edge, id: 'f', to: 'bad-0', onExpressionError: 'Null' },
    ],
  });
  for (let change = 0; change <= Math.floor(random() * 3); change += 1) spoil(spec, random);
  return random() < 0.02 ? pick(JUNK, random)(random) : spec;
}

function spoil(root: Parts, random: () => number): void {
  let place: Parts = root;
  for (;;) {
    const keys = Object.keys(place);
    const key = pick(keys.length === 0 ? ['a'] : keys, random);
    const child = place[key];
    if (typeof child !== 'object' || child === null || random() < 0.3) {
      place[key] = pick(JUNK, random)(random);
      return;
    }
    place = child as Parts;
  }
}

function pick<T>(list: readonly T[], random: () => number): T {
  return list[Math.floor(random() * list.length)] as T;
}
