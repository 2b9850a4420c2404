import { API_GROUP, CRDS } from '@tinysystems/api';

interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
}

/** Every field of a schema, by path. */
function fieldsOf(schema: Schema, path: string): [string, Schema][] {
  const children = Object.entries(schema.properties ?? {}).flatMap(([name, child]) =>
    fieldsOf(child, `${path}.${name}`),
  );
  const items = schema.items === undefined ? [] : fieldsOf(schema.items, `${path}[]`);
  return [[path, schema], ...children, ...items];
}

const schemas = CRDS.map((crd) => {
  const [version] = crd.spec['versions'] as {
    name: string;
    schema: { openAPIV3Schema: Schema };
    subresources: object;
    additionalPrinterColumns: { name: string }[];
  }[];
  if (version === undefined) throw new Error('a CRD without a version');
  return { crd, version };
});

describe('the CRDs', () => {
  it('are the six kinds, with short names, the category tiny and a status subresource', () => {
    const names = CRDS.map(
      (crd) => crd.spec['names'] as { kind: string; shortNames: string[]; categories: string[] },
    );
    expect(names.map(({ kind, shortNames }) => [kind, ...shortNames]).sort()).toEqual([
      ['TinyFlow', 'tf'],
      ['TinyModule', 'tm'],
      ['TinyNode', 'tn'],
      ['TinyProject', 'tp'],
      ['TinySignal', 'ts'],
      ['TinyTracker', 'tt'],
    ]);
    expect(names.every(({ categories }) => categories.includes('tiny'))).toBe(true);
    for (const { crd, version } of schemas) {
      expect(crd.metadata.name).toMatch(new RegExp(`^tiny[a-z]+\\.${API_GROUP.replaceAll('.', '\\.')}$`));
      expect(version.subresources).toEqual({ status: {} });
    }
  });

  it('explain every field', () => {
    const silent = schemas.flatMap(({ crd, version }) =>
      fieldsOf(version.schema.openAPIV3Schema, crd.metadata.name)
        .filter(
          ([path, { description, type }]) =>
            !path.endsWith('.metadata') &&
            !(path.endsWith('[]') && type === 'string') &&
            (description ?? '') === '',
        )
        .map(([path]) => path),
    );
    expect(silent).toEqual([]);
  });

  it('give every field a type, or say that it takes anything', () => {
    const untyped = schemas.flatMap(({ crd, version }) =>
      fieldsOf(version.schema.openAPIV3Schema, crd.metadata.name)
        .filter(
          ([, schema]) =>
            schema.type === undefined && schema['x-kubernetes-preserve-unknown-fields'] !== true,
        )
        .map(([path]) => path),
    );
    expect(untyped).toEqual([]);
  });
});
