import type { Cause } from '../http/status.ts';
import type { KubeObject } from '../kube-object.ts';
import { applyDefaults } from './default.ts';
import { prune, type Pruned } from './prune.ts';
import { RuleChecker } from './rules.ts';
import { ownershipSchema, rootSchema, type Schema } from './schema.ts';
import { SchemaValidator } from './validate.ts';

/** Errors after which rules are not looked at: they could only fail for the same reason. */
const BLOCKING_REASONS = new Set([
  'FieldValueRequired',
  'FieldValueTypeInvalid',
  'FieldValueNotSupported',
  'FieldValueTooLong',
  'FieldValueTooMany',
]);

const RULES_NOT_CHECKED: Cause = {
  reason: 'FieldValueInvalid',
  message:
    'Invalid value: null: some validation rules were not checked because the object was invalid; ' +
    'correct the existing errors to complete validation',
  field: '<nil>',
};

/** What is known when an object is validated. */
export interface ValidationContext {
  readonly old: KubeObject | undefined;
  readonly earlier: readonly Cause[];
  /** The only member that the write could change, if it is one: its values are then judged from there. */
  readonly part?: string | undefined;
}

/** Everything that a version's schema does to an object; made once per version. */
export class CompiledSchema {
  /** What the author declared, with apiVersion, kind and metadata. */
  readonly root: Schema;
  /** The same, with metadata as finely as its fields are owned. */
  readonly ownership: Schema;
  readonly #validator: SchemaValidator;
  readonly #rules: RuleChecker;

  /** @throws Error when a CEL rule does not compile. */
  constructor(schema: Schema) {
    this.root = rootSchema(schema);
    this.ownership = ownershipSchema(this.root);
    this.#validator = new SchemaValidator(this.root);
    this.#rules = new RuleChecker(this.root);
  }

  prune(object: KubeObject): Pruned<KubeObject> {
    return prune(object, this.root);
  }

  applyDefaults(object: KubeObject): KubeObject {
    return applyDefaults(object, this.root);
  }

  /** Whether every value has the type that the schema says; rules are not looked at. */
  checkTypes(object: KubeObject): readonly Cause[] {
    return this.#validator.validate(object).filter(({ reason }) => reason === 'FieldValueTypeInvalid');
  }

  /**
   * Adds what the schema finds to the errors found before.
   *
   * @param context - `old` is the object before an update: what has not changed is not judged again.
   */
  validate(object: KubeObject, { old, earlier, part }: ValidationContext): readonly Cause[] {
    const causes = [...earlier, ...this.#validator.validate(object, { old, part })];
    if (!this.#rules.hasRules) return causes;
    if (causes.some(({ reason }) => BLOCKING_REASONS.has(reason))) return [...causes, RULES_NOT_CHECKED];
    return [...causes, ...this.#rules.check(object, old)];
  }
}
