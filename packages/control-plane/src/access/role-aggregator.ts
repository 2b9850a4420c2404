import type { Clock } from '../clock.ts';
import { WorkLoop } from '../garbage/work-loop.ts';
import { jsonEqual, memberAt, type JsonObject } from '../json.ts';
import { objectsAt, stringAt, stringsAt, type KubeObject } from '../kube-object.ts';
import type { ObjectStore } from '../storage/object-store.ts';

const CLUSTER_ROLES = 'clusterroles.rbac.authorization.k8s.io';

/** Gives every ClusterRole with an `aggregationRule` the rules of the roles that its selectors choose. */
export class RoleAggregator implements AsyncDisposable {
  readonly #store: ObjectStore;
  readonly #loop: WorkLoop;
  #unsubscribe = (): void => {};

  constructor({ store, clock }: { readonly store: ObjectStore; readonly clock: Clock }) {
    this.#store = store;
    this.#loop = new WorkLoop({ work: () => this.#aggregate(), clock });
  }

  /** Looks at all roles, and again whenever one of them has changed. */
  start(): void {
    this.#unsubscribe = this.#store.subscribe(({ resource }) => {
      if (resource === CLUSTER_ROLES) this.#loop.add(CLUSTER_ROLES);
    });
    this.#loop.add(CLUSTER_ROLES);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#unsubscribe();
    await this.#loop[Symbol.asyncDispose]();
  }

  async #aggregate(): Promise<void> {
    const roles = [...(this.#store.list(CLUSTER_ROLES) ?? [])].toSorted(([a], [b]) => (a < b ? -1 : 1));
    for (const [key] of roles) {
      const role = this.#store.latest(CLUSTER_ROLES, key);
      if (!role || memberAt(role, ['aggregationRule']) === undefined) continue;
      const others = roles.flatMap(([other]) =>
        other === key ? [] : (this.#store.latest(CLUSTER_ROLES, other) ?? []),
      );
      const rules = rulesFor(role, others);
      if (!jsonEqual(rules, role['rules'] ?? []))
        await this.#store.put(CLUSTER_ROLES, key, { ...role, rules });
    }
  }
}

function rulesFor(role: KubeObject, others: readonly KubeObject[]): readonly JsonObject[] {
  const chosen = objectsAt(role, 'aggregationRule', 'clusterRoleSelectors').flatMap((selector) =>
    others.filter(({ metadata }) => selects(selector, metadata.labels ?? {})),
  );
  const rules = chosen.flatMap((other) => objectsAt(other, 'rules'));
  return rules.filter((rule, index) => rules.findIndex((earlier) => jsonEqual(earlier, rule)) === index);
}

/** Whether a label selector, as objects carry it, chooses something with these labels. */
function selects(selector: JsonObject, labels: Readonly<Record<string, string>>): boolean {
  const wanted = Object.entries((selector['matchLabels'] ?? {}) as JsonObject);
  return (
    wanted.every(([key, value]) => labels[key] === value) &&
    objectsAt(selector, 'matchExpressions').every((expression) => holds(expression, labels))
  );
}

function holds(expression: JsonObject, labels: Readonly<Record<string, string>>): boolean {
  const value = labels[stringAt(expression, 'key') ?? ''];
  const values = stringsAt(expression, 'values');
  switch (stringAt(expression, 'operator')) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      return false;
  }
}
