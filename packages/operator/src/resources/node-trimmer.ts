import {
  type Condition,
  type TinyNode,
  type TinyNodePort,
  type TinyNodeStatus,
  readableNode,
} from '@tinysystems/api';
import { isSameModule } from '@tinysystems/core';
import { withoutManagedFields } from '@tinysystems/kubernetes';
import { ContentPool } from './content-pool.ts';

/**
 * Reduces TinyNodes before they are cached: of those of other modules only what routing, edge checks and the status of
 * groups read is left. A namespace's nodes are mostly those of others.
 */
export class NodeTrimmer {
  readonly #moduleName: string;
  readonly #pool = new ContentPool();

  constructor(moduleName: string) {
    this.#moduleName = moduleName;
  }

  /** The transform of the cache, where also what is malformed ends. Nodes of this module keep all but their managed fields. */
  trim(stored: TinyNode): TinyNode {
    const node = readableNode(stored);
    return isSameModule(node.spec.module, this.#moduleName)
      ? withoutManagedFields(node)
      : this.#foreign(node);
  }

  #foreign({ apiVersion, kind, metadata, spec, status }: TinyNode): TinyNode {
    const { module, component, run, edges, ports } = spec;
    const { name, namespace, uid, resourceVersion, generation, labels, ownerReferences, deletionTimestamp } =
      metadata;
    return withoutUndefined<TinyNode>({
      apiVersion,
      kind,
      metadata: withoutUndefined({
        ...{ name, namespace, uid, resourceVersion, generation, deletionTimestamp },
        labels: labels && this.#pool.share(labels),
        ownerReferences: ownerReferences && this.#pool.share(ownerReferences),
      }),
      spec: withoutUndefined({
        ...{ module, component, run },
        edges: edges?.map(({ id, port, to, toPort }) => ({ id, port, to, toPort })),
        ports: ports && this.#pool.share(ports),
      }),
      status: status && this.#status(status),
    });
  }

  #status({ observedGeneration, ports, conditions, status, error }: TinyNodeStatus) {
    return withoutUndefined<TinyNodeStatus>({
      ...{ observedGeneration, status, error },
      ports: ports && this.#pool.share(ports.map((port) => this.#port(port))),
      conditions: conditions?.map((condition) => this.#condition(condition)),
    });
  }

  /** An edge of ours may end at any in port one day, so those keep their schemas; most are the same as others. */
  #port({ name, label, position, source, schema }: TinyNodePort): TinyNodePort {
    const isKept = schema !== undefined && !source;
    return { name, label, position, source, ...(isKept && { schema: this.#pool.share(schema) }) };
  }

  /** What a node of another module says of itself beside its readiness is between it and its leader. */
  #condition(condition: Condition): Condition {
    if (condition.type === 'Ready') return condition;
    const { type, status } = condition;
    return this.#pool.share({ type, status, reason: '', message: '', lastTransitionTime: '' });
  }
}

type Undefinable<T> = { readonly [Name in keyof T]: T[Name] | undefined };

/** Under exact optional types, absent is not undefined. */
function withoutUndefined<T extends object>(fields: Undefinable<Required<T>> | Undefinable<T>): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}
