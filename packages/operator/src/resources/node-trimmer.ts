import type { Condition, TinyNode, TinyNodePort, TinyNodeStatus } from '@tinysystems/api';
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
  /** The ports that edges of our nodes end at, by our node. */
  readonly #targets = new Map<string, readonly string[]>();
  /** How many edges end at a port. */
  readonly #edgesTo = new Map<string, number>();

  constructor(moduleName: string) {
    this.#moduleName = moduleName;
  }

  /** The transform of the cache. Nodes of this module keep all but their managed fields. */
  trim(node: TinyNode): TinyNode {
    return isSameModule(node.spec.module, this.#moduleName) ? this.#own(node) : this.#foreign(node);
  }

  /** A node is gone, and with it its edges. */
  forget({ metadata }: TinyNode): void {
    this.#aim(metadata.name ?? '', []);
  }

  #own(node: TinyNode): TinyNode {
    const targets = (node.spec.edges ?? []).map(({ to, toPort }) => targetOf(to, toPort));
    this.#aim(node.metadata.name ?? '', targets);
    return withoutManagedFields(node);
  }

  #aim(node: string, targets: readonly string[]): void {
    for (const target of this.#targets.get(node) ?? []) this.#count(target, -1);
    for (const target of targets) this.#count(target, 1);
    if (targets.length === 0) this.#targets.delete(node);
    else this.#targets.set(node, targets);
  }

  #count(target: string, change: number): void {
    const edges = (this.#edgesTo.get(target) ?? 0) + change;
    if (edges === 0) this.#edgesTo.delete(target);
    else this.#edgesTo.set(target, edges);
  }

  #foreign({ apiVersion, kind, metadata, spec, status }: TinyNode): TinyNode {
    const { module, component, run, edges } = spec;
    const { name, namespace, uid, resourceVersion, generation, labels, deletionTimestamp } = metadata;
    return withoutUndefined<TinyNode>({
      apiVersion,
      kind,
      metadata: withoutUndefined({
        ...{ name, namespace, uid, resourceVersion, generation, deletionTimestamp },
        labels: labels && this.#pool.share(labels),
      }),
      spec: withoutUndefined({
        ...{ module, component, run },
        edges: edges?.map(({ id, port, to, toPort }) => ({ id, port, to, toPort })),
      }),
      status: status && this.#status(name ?? '', status),
    });
  }

  #status(node: string, { observedGeneration, ports, conditions, status, error }: TinyNodeStatus) {
    return withoutUndefined<TinyNodeStatus>({
      ...{ observedGeneration, status, error },
      ports: ports && this.#pool.share(ports.map((port) => this.#port(node, port))),
      conditions: conditions?.map((condition) => this.#condition(condition)),
    });
  }

  #port(node: string, { name, label, position, source, schema }: TinyNodePort): TinyNodePort {
    const isNeeded = schema !== undefined && this.#edgesTo.has(targetOf(node, name));
    return { name, label, position, source, ...(isNeeded && { schema: this.#pool.share(schema) }) };
  }

  /** What a node of another module says of itself beside its readiness is between it and its leader. */
  #condition(condition: Condition): Condition {
    if (condition.type === 'Ready') return condition;
    const { type, status } = condition;
    return this.#pool.share({ type, status, reason: '', message: '', lastTransitionTime: '' });
  }
}

function targetOf(node: string, port: string): string {
  return `${node} ${port}`;
}

type Undefinable<T> = { readonly [Name in keyof T]: T[Name] | undefined };

/** Under exact optional types, absent is not undefined. */
function withoutUndefined<T extends object>(fields: Undefinable<Required<T>> | Undefinable<T>): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}
