import { inspect, isDeepStrictEqual } from 'node:util';
import { compileExpression, compileTemplate, ExpressionError, type Json } from '../../src/index.ts';
import { compile } from '../../src/compile.ts';
import { generateExpression } from '../../src/generate.ts';
import { parse } from '../../src/parse.ts';
import { Scope } from '../../src/scope.ts';
import { dataOf, programOf } from './programs.ts';
import { randomOf } from './random.ts';

/** How a program ended. */
export type Ending = 'value' | 'static' | 'dynamic';

/**
 * Runs the program of a seed and a number, as an expression and in a template.
 *
 * @throws Error naming seed, number and program when it breaks a promise.
 */
export function checkProgram(seed: number, number: number): Ending {
  const random = randomOf(seed, number);
  const source = programOf(random);
  try {
    const data = dataOf(random);
    const ending = checkExpression(source, data, random);
    checkTemplate(source, data, random);
    if (ending !== 'static') checkForms(source, data);
    return ending;
  } catch (error) {
    throw new Error(`seed ${seed}, program ${number}: ${source}`, { cause: error });
  }
}

function checkExpression(source: string, data: Json, random: () => number): Ending {
  let compiled;
  try {
    compiled = compileExpression(source, { random, now: () => 1_750_000_000_000 });
  } catch (error) {
    assertOwnError(error);
    return 'static';
  }
  try {
    const value = compiled.evaluate(data);
    if (value !== undefined) assertJson(value);
    return 'value';
  } catch (error) {
    assertOwnError(error);
    return 'dynamic';
  }
}

function checkTemplate(source: string, data: Json, random: () => number): void {
  const configuration = { ['__proto__']: `{{${source}}}`, list: [`x{{${source}}}y{{$.a}}`] };
  const { value, errors } = compileTemplate(configuration, { random }).evaluate(data);
  assertJson(value);
  for (const { message } of errors)
    if (message.includes('in the host')) throw new Error(`the host failed: ${message}`);
}

/** What is made of a program that is evaluated often must give and refuse the same as its closures. */
function checkForms(source: string, data: Json): void {
  const environment = { now: () => 1_750_000_000_000, random: () => 0.25 };
  const closures = compile(parse(source), source);
  const generated = generateExpression(source, closures, environment);
  if (generated === undefined) return;
  const expected = outcomeOf(() => closures(new Scope(data, environment)));
  const found = outcomeOf(() => generated(data));
  if (!isDeepStrictEqual(found, expected))
    throw new Error(`closures give ${inspect(expected)}, the generated function ${inspect(found)}`);
}

function outcomeOf(run: () => unknown): { readonly value?: unknown; readonly hasFailed?: true } {
  try {
    return { value: run() };
  } catch {
    return { hasFailed: true };
  }
}

function assertOwnError(error: unknown): void {
  if (!ExpressionError.is(error)) throw new Error('not an ExpressionError', { cause: error });
  if (error.cause !== undefined && error.message.includes('in the host'))
    throw new Error('the host failed', { cause: error.cause });
}

/** The prototypes that a value may have; anything else came from the host. */
const PLAIN: ReadonlySet<unknown> = new Set([
  Object.prototype,
  Array.prototype,
  null,
  Object.getPrototypeOf(compileExpression('{}').evaluate({})),
]);

/** Whether a value is JSON and nothing else, so that it is written as it is. */
function assertJson(value: unknown): void {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return;
  if (typeof value === 'number' && Number.isFinite(value) && !Object.is(value, -0)) return;
  if (typeof value === 'bigint' && !Number.isSafeInteger(Number(value))) return;
  if (typeof value !== 'object') throw new Error(`a ${typeof value} that is no JSON`);
  if (!PLAIN.has(Object.getPrototypeOf(value))) throw new Error('an object of the host came out');
  for (const key of Reflect.ownKeys(value)) {
    if (Array.isArray(value) && key === 'length') continue;
    assertJson((value as Record<string | symbol, unknown>)[key]);
  }
}
