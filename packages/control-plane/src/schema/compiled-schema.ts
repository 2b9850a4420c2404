import type { Cause } from '../http/status.ts';
import type { KubeObject } from '../kube-object.ts';
import { applyDefaults } from './default.ts';
import { prune, type Pruned } from './prune.ts';
import { ownershipSchema, rootSchema, type Schema } from './schema.ts';
import { SchemaValidator } from './validate.ts';

/** Everything that a version's schema does to an object; made once per version. */
export class CompiledSchema {
  /** What the author declared, with apiVersion, kind and metadata. */
  readonly root: Schema;
  /** The same, with metadata as finely as its fields are owned. */
  readonly ownership: Schema;
  readonly #validator: SchemaValidator;

  constructor(schema: Schema) {
    this.root = rootSchema(schema);
    this.ownership = ownershipSchema(this.root);
    this.#validator = new SchemaValidator(this.root);
  }

  prune(object: KubeObject): Pruned<KubeObject> {
    return prune(object, this.root);
  }

  applyDefaults(object: KubeObject): KubeObject {
    return applyDefaults(object, this.root);
  }

  /** @param _old - the object before an update, for rules about the change. */
  validate(object: KubeObject, _old: KubeObject | undefined): readonly Cause[] {
    return this.#validator.validate(object);
  }
}
