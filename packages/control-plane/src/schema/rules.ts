import type { Cause } from '../http/status.ts';
import { isJsonArray, isJsonObject, jsonEqual, type JsonValue } from '../json.ts';
import { compileCel, type CelOptions, type CelProgram, type CelVariables } from './cel.ts';
import { shapeOfValue } from './cel/value-shape.ts';
import { celValue } from './cel/values.ts';
import { fieldPathNames } from './rule-field-path.ts';
import { childPath, knownProperties, propertySchema, type Schema, type ValidationRule } from './schema.ts';
import { correlate } from './validate.ts';
import { writeJson } from '../exact-json.ts';

interface CompiledRule {
  readonly rule: ValidationRule;
  readonly program: CelProgram;
  readonly message: CelProgram | undefined;
}

/** Checks `x-kubernetes-validations`; every rule of the schema is compiled once. */
export class RuleChecker {
  readonly #schema: Schema;
  /** Rules by the schema that carries them; schemas without any, below them too, are not in the map. */
  readonly #rules = new Map<Schema, readonly CompiledRule[]>();

  constructor(schema: Schema) {
    this.#schema = schema;
    this.#compile(schema);
  }

  get hasRules(): boolean {
    return this.#rules.size > 0;
  }

  /** @param old - the object before an update; rules that read `oldSelf` run only where there is one. */
  check(value: JsonValue, old: JsonValue | undefined): readonly Cause[] {
    const causes: Cause[] = [];
    try {
      this.#visit({ value, old, schema: this.#schema, path: '', budget: new Budget() }, causes);
    } catch (error) {
      if (!(error instanceof OutOfBudget)) throw error;
      causes.push(error.toCause());
    }
    return causes;
  }

  #visit(place: Place, causes: Cause[]): void {
    const { value, old, schema, path, budget } = place;
    const rules = this.#rules.get(schema);
    if (!rules || value === null) return;
    // What was accepted before and has not changed is not judged again.
    if (old !== undefined && jsonEqual(value, old)) {
      causes.push(
        ...this.#run(
          rules.filter(({ program }) => program.readsOldSelf),
          place,
        ),
      );
    } else {
      causes.push(...this.#run(rules, place));
    }
    const { items } = schema;
    if (isJsonArray(value) && items) {
      value.forEach((item, index) => {
        this.#visit(
          {
            value: item,
            old: correlate(item, old, schema),
            schema: items,
            path: `${path}[${index}]`,
            budget,
          },
          causes,
        );
      });
    }
    if (!isJsonObject(value)) return;
    for (const [name, child] of Object.entries(value)) {
      const part = propertySchema(schema, name);
      if (!part || child === undefined) continue;
      this.#visit(
        {
          value: child,
          old: isJsonObject(old) ? old[name] : undefined,
          schema: part,
          path: childPath(path, name),
          budget,
        },
        causes,
      );
    }
  }

  #run(rules: readonly CompiledRule[], place: Place): readonly Cause[] {
    const { value, old, schema } = place;
    const applicable = rules.filter(({ program, rule }) => {
      return !program.readsOldSelf || old !== undefined || rule.optionalOldSelf === true;
    });
    if (applicable.length === 0) return [];
    const variables: CelVariables = {
      self: celValue(value, schema),
      ...(old !== undefined && { oldSelf: celValue(old, schema) }),
    };
    return applicable.flatMap((rule) => judge(rule, variables, place));
  }

  #compile(schema: Schema): boolean {
    const rules = (schema['x-kubernetes-validations'] ?? []).map((rule) => ({
      rule,
      program: compileCel(rule.rule, schema, { result: 'bool', ...optionsOf(rule) }),
      message: rule.messageExpression
        ? compileCel(rule.messageExpression, schema, { result: 'string', ...optionsOf(rule) })
        : undefined,
    }));
    const { items, additionalProperties } = schema;
    const children = [...Object.values(knownProperties(schema)), items, additionalProperties].filter(
      (child) => typeof child === 'object',
    );
    const hasRulesBelow = children.map((child) => this.#compile(child)).includes(true);
    if (rules.length === 0 && !hasRulesBelow) return false;
    this.#rules.set(schema, rules);
    return true;
  }
}

interface Place {
  readonly value: JsonValue;
  readonly old: JsonValue | undefined;
  readonly schema: Schema;
  readonly path: string;
  readonly budget: Budget;
}

// Every definition is checked before it is stored.
function optionsOf({ optionalOldSelf }: ValidationRule): Omit<CelOptions, 'result'> {
  return { hasOptionalOldSelf: optionalOldSelf === true, isChecked: true };
}

function judge(
  { rule, program, message }: CompiledRule,
  variables: CelVariables,
  { value, path, budget }: Place,
): readonly Cause[] {
  const field = (fieldPathNames(rule.fieldPath ?? '') ?? []).reduce(childPath, path);
  budget.charge(program, { rule, value, path: field });
  try {
    if (program.evaluate(variables) === true) return [];
  } catch (error) {
    return [
      { reason: 'FieldValueInvalid', message: `Invalid value: ${failureText(error)}: ${rule.rule}`, field },
    ];
  }
  const text = messageFrom(message, variables) ?? rule.message ?? `failed rule: ${rule.rule}`;
  return [causeOf(rule.reason ?? 'FieldValueInvalid', value, text, field)];
}

function failureText(error: unknown): string {
  const [why = ''] = (error instanceof Error ? error.message : String(error)).split('\n', 1);
  if (!why.startsWith('no such overload'))
    return `${why.replace(/^No such key/, 'no such key')} evaluating rule`;
  return `'no such overload': call arguments did not match a supported operator, function or macro signature for rule`;
}

/** What one expression, and all of them together, may cost for one object. */
const CALL_LIMIT = 1_000_000;
const OBJECT_LIMIT = 10_000_000;
/** An expression that can never cost more than this is not measured. */
const NEGLIGIBLE = 10_000;

class OutOfBudget extends Error {
  readonly #path: string;

  constructor(message: string, path: string) {
    super(message);
    this.#path = path;
  }

  toCause(): Cause {
    return { reason: 'FieldValueInvalid', message: `Invalid value: ${this.message}`, field: this.#path };
  }
}

/** What is left of what the rules may cost for one object; counted before they run, by the sizes of its values. */
class Budget {
  #left = OBJECT_LIMIT;

  /** @throws OutOfBudget when there is not enough left. */
  charge(
    { maxCost, costOf }: CelProgram,
    {
      rule,
      value,
      path,
    }: { readonly rule: ValidationRule; readonly value: JsonValue; readonly path: string },
  ): void {
    const cost = maxCost <= NEGLIGIBLE ? maxCost : costOf(shapeOfValue(value));
    const why = 'no further validation rules will be run due to call cost exceeds limit for rule';
    if (cost > CALL_LIMIT)
      throw new OutOfBudget(`'operation cancelled: actual cost limit exceeded': ${why}: ${rule.rule}`, path);
    this.#left -= cost;
    if (this.#left < 0) {
      const text =
        'validation failed due to running out of cost budget, no further validation rules will be run';
      throw new OutOfBudget(text, path);
    }
  }
}

// A message expression that fails must not hide the rule that was broken.
function messageFrom(message: CelProgram | undefined, variables: CelVariables): string | undefined {
  if (!message) return undefined;
  try {
    const text = message.evaluate(variables);
    return typeof text === 'string' && text.trim() !== '' ? text : undefined;
  } catch {
    return undefined;
  }
}

function causeOf(reason: string, value: JsonValue, text: string, field: string): Cause {
  const shown = isJsonObject(value) || isJsonArray(value) ? '' : `${writeJson(value)}: `;
  switch (reason) {
    case 'FieldValueForbidden':
      return { reason, message: `Forbidden: ${text}`, field };
    case 'FieldValueRequired':
      return { reason, message: `Required value: ${text}`, field };
    case 'FieldValueDuplicate':
      return { reason, message: `Duplicate value: ${shown === '' ? text : shown.slice(0, -2)}`, field };
    default:
      return { reason: 'FieldValueInvalid', message: `Invalid value: ${shown}${text}`, field };
  }
}
