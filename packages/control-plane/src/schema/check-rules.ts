import { goJson } from '../go-json.ts';
import type { Cause } from '../http/status.ts';
import { compileCel, type CelProgram } from './cel.ts';
import { maxCardinality } from './cel/shape.ts';
import { RuleCosts } from './rule-costs.ts';
import { fieldPathSchema } from './rule-field-path.ts';
import { knownProperties, type Schema, type ValidationRule } from './schema.ts';

const REASONS = ['FieldValueInvalid', 'FieldValueForbidden', 'FieldValueRequired', 'FieldValueDuplicate'];

/** What is wrong with the rules of a schema, its parts included: what does not compile or may cost too much. */
export function checkRules(schema: Schema, path: string): readonly Cause[] {
  const costs = new RuleCosts();
  const causes = checkPlace({ schema, path, cardinality: 1, uncorrelatable: undefined }, costs);
  return [...causes, ...costs.total(path)];
}

interface Place {
  readonly schema: Schema;
  readonly path: string;
  /** How often a value of this schema can be in an object; `undefined` where nothing bounds it. */
  readonly cardinality: number | undefined;
  /** The list whose items cannot be told apart, if there is one above. */
  readonly uncorrelatable: string | undefined;
}

function checkPlace(place: Place, costs: RuleCosts): readonly Cause[] {
  const { schema, path } = place;
  const own = (schema['x-kubernetes-validations'] ?? []).flatMap((rule, index) =>
    checkRule(rule, { ...place, path: `${path}.x-kubernetes-validations[${index}]` }, costs),
  );
  return [...own, ...childrenOf(place).flatMap((child) => checkPlace(child, costs))];
}

function childrenOf({ schema, path, cardinality, uncorrelatable }: Place): readonly Place[] {
  const { items, additionalProperties } = schema;
  const times = (size: number | undefined): number | undefined =>
    cardinality === undefined || size === undefined ? undefined : cardinality * size;
  const properties = Object.entries(schema.properties ?? {}).map(([name, child]) => {
    return { schema: child, path: `${path}.properties[${name}]`, cardinality, uncorrelatable };
  });
  const isKeyed = schema['x-kubernetes-list-type'] === 'map';
  const item = items && {
    schema: items,
    path: `${path}.items`,
    cardinality: times(schema.maxItems),
    uncorrelatable: isKeyed ? uncorrelatable : (uncorrelatable ?? path),
  };
  const value = typeof additionalProperties === 'object' && {
    schema: additionalProperties,
    path: `${path}.additionalProperties`,
    cardinality: times(schema.maxProperties),
    uncorrelatable,
  };
  return [...properties, ...(item ? [item] : []), ...(value ? [value] : [])];
}

function checkRule(rule: ValidationRule, place: Place, costs: RuleCosts): readonly Cause[] {
  const { schema, path, uncorrelatable } = place;
  const options = { hasOptionalOldSelf: rule.optionalOldSelf === true };
  const shown = goJson({
    Rule: rule.rule,
    Message: rule.message ?? '',
    MessageExpression: rule.messageExpression ?? '',
    Reason: rule.reason ?? null,
    FieldPath: rule.fieldPath ?? '',
    OptionalOldSelf: rule.optionalOldSelf ?? null,
  });
  const compiled = (source: string, result: 'bool' | 'string', field: string): CelProgram | Cause => {
    try {
      return compileCel(source, schema, { ...options, result });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return { reason: 'FieldValueInvalid', message: `Invalid value: ${shown}: ${why}`, field };
    }
  };
  const causes = [
    ...checkMessage(rule, path),
    ...checkReason(rule, path),
    ...checkFieldPath(rule, schema, path),
  ];
  const program = compiled(rule.rule, 'bool', `${path}.rule`);
  if (!('evaluate' in program)) return [...causes, program];
  causes.push(...costs.add('rule', program.maxCost * repetitions(place), `${path}.rule`));
  if (program.readsOldSelf && uncorrelatable !== undefined)
    causes.push(
      invalidField(
        `${path}.rule`,
        rule.rule,
        `oldSelf cannot be used on the uncorrelatable portion of the schema within ${uncorrelatable}`,
      ),
    );
  if (rule.optionalOldSelf === true && !program.readsOldSelf)
    causes.push(
      invalidField(`${path}.optionalOldSelf`, true, 'may not be set if oldSelf is not used in rule'),
    );
  if (rule.messageExpression === undefined || rule.messageExpression === '') return causes;
  const message = compiled(rule.messageExpression, 'string', `${path}.messageExpression`);
  if (!('evaluate' in message)) return [...causes, message];
  const cost = message.maxCost * repetitions(place);
  return [...causes, ...costs.add('messageExpression', cost, `${path}.messageExpression`)];
}

function repetitions({ cardinality, schema }: Place): number {
  return cardinality ?? maxCardinality({ ...schema, properties: knownProperties(schema) });
}

function checkMessage({ rule, message }: ValidationRule, path: string): readonly Cause[] {
  const causes: Cause[] = [];
  if (rule.trim() === '')
    causes.push({
      reason: 'FieldValueRequired',
      message: 'Required value: rule is not specified',
      field: `${path}.rule`,
    });
  if (message !== undefined && message !== '' && message.trim() === '')
    causes.push(invalidField(`${path}.message`, message, 'message must be non-empty if specified'));
  else if (message?.trim().includes('\n'))
    causes.push(invalidField(`${path}.message`, message, 'message must not contain line breaks'));
  else if (rule.trim().includes('\n') && !message)
    causes.push({
      reason: 'FieldValueRequired',
      message: 'Required value: message must be specified if rule contains line breaks',
      field: `${path}.message`,
    });
  return causes;
}

function checkReason({ reason }: ValidationRule, path: string): readonly Cause[] {
  if (reason === undefined || REASONS.includes(reason)) return [];
  const supported = REASONS.map((known) => goJson(known))
    .toSorted()
    .join(', ');
  const message = `Unsupported value: ${goJson(reason)}: supported values: ${supported}`;
  return [{ reason: 'FieldValueNotSupported', message, field: `${path}.reason` }];
}

function checkFieldPath({ fieldPath }: ValidationRule, schema: Schema, path: string): readonly Cause[] {
  if (fieldPath === undefined || fieldPath === '' || fieldPathSchema(fieldPath, schema)) return [];
  return [
    invalidField(
      `${path}.fieldPath`,
      fieldPath,
      'fieldPath must be a valid path: does not refer to a valid field',
    ),
  ];
}

function invalidField(field: string, value: string | boolean, text: string): Cause {
  return { reason: 'FieldValueInvalid', message: `Invalid value: ${goJson(value)}: ${text}`, field };
}
