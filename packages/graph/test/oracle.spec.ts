import { type Json, type JsonSchema, compileDecoder } from '@tinysystems/core';
import { compileTemplate } from '@tinysystems/expression';
import { type FlowNode, checkEdge } from '../src/index.ts';
import { SeededRandom, randomMapping, randomObject, randomSchema, randomValue } from './random.ts';

/** A few seconds; `GRAPH_CASES=100000 npm test -- packages/graph/test/oracle` looks for longer. */
const CASES = Number(process.env['GRAPH_CASES'] ?? 300);
const VALUES = 6;

/** An edge from a port of one schema to a port of another, and its verdict. */
function judge(source: JsonSchema, target: JsonSchema, configuration: Json | undefined) {
  const node = (name: string, direction: 'in' | 'out', schema: JsonSchema): FlowNode => ({
    name,
    module: 'm',
    component: 'c',
    ports: [{ name: direction, direction, schema }],
    edges: [],
    isTrigger: true,
  });
  const edge = { id: 'e', port: 'out', to: 'b', toPort: 'in', configuration };
  return checkEdge(edge, { from: node('a', 'out', source), target: node('b', 'in', target) }).verdict;
}

/** What happens to a message: it is accepted, or why it is not. */
function run(configuration: Json | undefined, target: JsonSchema, message: Json): string {
  let sent = message;
  if (configuration !== undefined) {
    const { value, errors } = compileTemplate(structuredClone(configuration)).evaluate(message);
    const [error] = errors;
    if (error !== undefined) return error.code;
    sent = value;
  }
  const decoded = compileDecoder(target).decode(sent);
  return decoded.ok ? 'accepted' : decoded.problem;
}

/** Messages of a schema, as its own decoder has it. */
function messagesOf(schema: JsonSchema, random: SeededRandom): readonly Json[] {
  const decoder = compileDecoder(schema);
  return Array.from({ length: VALUES }, () => randomValue(schema, random)).filter(
    (value) => decoder.decode(value).ok,
  );
}

describe('the verdict of an edge, against the decoder', () => {
  const counts = { valid: 0, unknown: 0, invalid: 0 };

  it(
    'is never refuted by a message',
    () => {
      for (let seed = 0; seed < CASES; seed += 1) {
        const random = new SeededRandom(seed);
        const source = random.chance(0.9) ? randomObject(random, 3) : randomSchema(random);
        const isRelated = random.chance(0.3);
        const target = isRelated ? source : randomObject(random, 2);
        const configuration = random.chance(0.2) ? undefined : randomMapping(target, source, random);
        if (
          configuration !== undefined &&
          (typeof configuration !== 'object' || Array.isArray(configuration))
        )
          continue;
        const { verdict, findings } = judge(source, target, configuration);
        counts[verdict] += 1;
        const isRefutable = findings.every(({ code }) => code !== 'PathUnknown');
        for (const message of messagesOf(source, random)) {
          const outcome = run(configuration, target, message);
          const isRefuted =
            verdict === 'valid'
              ? outcome !== 'accepted' && outcome !== 'ARITHMETIC'
              : verdict === 'invalid' && isRefutable && outcome === 'accepted';
          if (isRefuted) {
            const what = { seed, verdict, findings, source, target, configuration, message, outcome };
            throw new Error(`refuted: ${JSON.stringify(what, null, 1)}`);
          }
        }
      }
    },
    CASES * 100,
  );

  it('is certain often enough for that to mean something', () => {
    expect(counts.valid).toBeGreaterThan(CASES / 20);
    expect(counts.invalid).toBeGreaterThan(CASES / 20);
  });
});
