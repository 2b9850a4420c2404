import { knownProperties, type Schema } from './schema.ts';

const STEP = /\.([A-Za-z_][\w-]*)|\['((?:[^'\\]|\\.)*)'\]/y;

/** The names that the `fieldPath` of a rule goes through; `undefined` for text that is no such path. */
export function fieldPathNames(fieldPath: string): readonly string[] | undefined {
  const names: string[] = [];
  const reader = new RegExp(STEP, 'y');
  while (reader.lastIndex < fieldPath.length) {
    const match = reader.exec(fieldPath);
    if (!match) return undefined;
    names.push(match[1] ?? (match[2] ?? '').replace(/\\(.)/g, '$1'));
  }
  return names.length > 0 ? names : undefined;
}

/** The schema that the `fieldPath` of a rule leads to; `undefined` when it leads nowhere. */
export function fieldPathSchema(fieldPath: string, schema: Schema): Schema | undefined {
  return fieldPathNames(fieldPath)?.reduce<Schema | undefined>((parent, name) => {
    if (!parent) return undefined;
    const { additionalProperties } = parent;
    return (
      knownProperties(parent)[name] ??
      (typeof additionalProperties === 'object' ? additionalProperties : undefined)
    );
  }, schema);
}
