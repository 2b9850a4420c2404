import type { Cause } from '../http/status.ts';
import { isJsonArray, isJsonObject, jsonEqual, type JsonValue } from '../json.ts';
import { celValue, compileCel, type CelProgram, type CelVariables } from './cel.ts';
import { childPath, propertySchema, type Schema, type ValidationRule } from './schema.ts';
import { correlate } from './validate.ts';

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
    this.#visit({ value, old, schema: this.#schema, path: '' }, causes);
    return causes;
  }

  #visit({ value, old, schema, path }: Place, causes: Cause[]): void {
    const rules = this.#rules.get(schema);
    if (!rules || value === null) return;
    // What was accepted before and has not changed is not judged again.
    if (old !== undefined && jsonEqual(value, old)) {
      causes.push(
        ...this.#run(
          rules.filter(({ program }) => program.readsOldSelf),
          { value, old, schema, path },
        ),
      );
    } else {
      causes.push(...this.#run(rules, { value, old, schema, path }));
    }
    const { items } = schema;
    if (isJsonArray(value) && items) {
      value.forEach((item, index) => {
        this.#visit(
          { value: item, old: correlate(item, old, schema), schema: items, path: `${path}[${index}]` },
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
      program: compileCel(rule.rule, schema),
      message: rule.messageExpression === undefined ? undefined : compileCel(rule.messageExpression, schema),
    }));
    const { properties, items, additionalProperties } = schema;
    const children = [...Object.values(properties ?? {}), items, additionalProperties].filter(
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
}

function judge(
  { rule, program, message }: CompiledRule,
  variables: CelVariables,
  { value, path }: Place,
): readonly Cause[] {
  const field = rule.fieldPath === undefined ? path : `${path}${rule.fieldPath}`;
  try {
    if (program.evaluate(variables) === true) return [];
  } catch (error) {
    const why = error instanceof Error ? error.message.split('\n', 1)[0] : String(error);
    return [
      { reason: 'FieldValueInvalid', message: `Invalid value: ${why} evaluating rule: ${rule.rule}`, field },
    ];
  }
  const text = messageFrom(message, variables) ?? rule.message ?? `failed rule: ${rule.rule}`;
  return [causeOf(rule.reason ?? 'FieldValueInvalid', value, text, field)];
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
  const shown = isJsonObject(value) || isJsonArray(value) ? '' : `${JSON.stringify(value)}: `;
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
