import { resourceType } from '../src/resource-type.ts';
import type { KubeObject } from '../src/object.ts';

export interface Widget extends KubeObject {
  readonly spec?: { readonly size?: number; readonly color?: string };
  readonly status?: { readonly phase?: string };
}

export const WIDGET = resourceType<Widget>({
  group: 'example.com',
  version: 'v1',
  kind: 'Widget',
  plural: 'widgets',
  namespaced: true,
});

/** A widget as a server returns it. */
export function widget(name: string, resourceVersion: number, more: Partial<Widget> = {}): Widget {
  return {
    apiVersion: 'example.com/v1',
    kind: 'Widget',
    ...more,
    metadata: {
      name,
      namespace: 'default',
      uid: `uid-${name}`,
      resourceVersion: String(resourceVersion),
      ...more.metadata,
    },
  };
}
