import { API_GROUP, API_VERSION, type KindNames } from '../group.ts';
import type { CrdSchema } from './schema.ts';

/** A column of `kubectl get`. */
export interface PrinterColumn {
  readonly name: string;
  readonly jsonPath: string;
  readonly type?: 'string' | 'integer' | 'boolean' | 'date';
  /** Above 0: shown with `-o wide` only. */
  readonly priority?: number;
}

/** A CustomResourceDefinition, ready to be applied. */
export interface CustomResourceDefinition {
  readonly apiVersion: 'apiextensions.k8s.io/v1';
  readonly kind: 'CustomResourceDefinition';
  readonly metadata: { readonly name: string };
  readonly spec: Readonly<Record<string, unknown>>;
}

/** What a CRD of ours is made from. */
export interface CrdOptions {
  readonly names: KindNames;
  readonly description: string;
  readonly spec: CrdSchema;
  readonly status: CrdSchema;
  readonly columns: readonly PrinterColumn[];
}

/** Makes a namespaced CRD with one version, a status subresource, a short name and the category `tiny`. */
export function createCrd({
  names,
  description,
  spec,
  status,
  columns,
}: CrdOptions): CustomResourceDefinition {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${names.plural}.${API_GROUP}` },
    spec: {
      group: API_GROUP,
      scope: 'Namespaced',
      names: {
        kind: names.kind,
        listKind: `${names.kind}List`,
        plural: names.plural,
        singular: names.singular,
        shortNames: [names.shortName],
        categories: ['tiny'],
      },
      versions: [
        {
          name: API_VERSION,
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: [
            ...columns.map((column) => ({ type: 'string', ...column })),
            { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
          ],
          schema: {
            openAPIV3Schema: {
              type: 'object',
              description,
              required: ['spec'],
              properties: {
                apiVersion: {
                  type: 'string',
                  description: 'Version of this schema: operator.tinysystems.io/v1alpha1.',
                },
                kind: { type: 'string', description: `${names.kind}.` },
                metadata: { type: 'object' },
                spec,
                status,
              },
            },
          },
        },
      ],
    },
  };
}
