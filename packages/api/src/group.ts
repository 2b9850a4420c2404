/** The API group of all our resources. */
export const API_GROUP = 'operator.tinysystems.io';
/** The one served and stored version. */
export const API_VERSION = 'v1alpha1';

/** Names under which a kind is reached. */
export interface KindNames {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortName: string;
  readonly namespaced: boolean;
}

export const TINY_NODE = kindNames('TinyNode', 'tn');
export const TINY_MODULE = kindNames('TinyModule', 'tm');
export const TINY_SIGNAL = kindNames('TinySignal', 'ts');
export const TINY_FLOW = kindNames('TinyFlow', 'tf');
export const TINY_PROJECT = kindNames('TinyProject', 'tp');
export const TINY_TRACKER = kindNames('TinyTracker', 'tt');

/** The label of a TinyNode that names its TinyFlow. */
export const FLOW_LABEL = 'tinysystems.io/flow-name';
/** The label of a TinyNode, TinyFlow or TinyTracker that names its TinyProject. */
export const PROJECT_LABEL = 'tinysystems.io/project-name';
/** The label of a TinySignal that names its TinyNode. */
export const NODE_LABEL = 'tinysystems.io/node-name';

function kindNames(kind: string, shortName: string): KindNames {
  const singular = kind.toLowerCase();
  return {
    group: API_GROUP,
    version: API_VERSION,
    kind,
    plural: `${singular}s`,
    singular,
    shortName,
    namespaced: true,
  };
}
