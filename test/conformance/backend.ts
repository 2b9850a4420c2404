import { randomBytes } from 'node:crypto';

import { connect, kubeconfigText, type Connection, type Identity } from './connection.ts';
import { defineKind } from './define-kind.ts';
import { RawClient } from './raw-client.ts';
import { GROUP, WIDGET_CRD } from './widget.ts';

export { APPLY, JSON_PATCH, MERGE, STRATEGIC } from './raw-client.ts';

/** The API server under test, with the Widget kind and a fresh namespace. */
export class Backend extends RawClient {
  readonly namespace = `conformance-${randomBytes(4).toString('hex')}`;
  readonly widgets = `/apis/${GROUP}/v1/namespaces/${this.namespace}/widgets`;
  readonly configMaps = `/api/v1/namespaces/${this.namespace}/configmaps`;
  readonly #connection: Connection;

  constructor(connection: Connection) {
    super(connection.config);
    this.#connection = connection;
  }

  /** Where it is. */
  get url(): string {
    return this.#connection.config.server;
  }

  /** The text of a kubeconfig with this namespace: of the administrator, or of somebody else. */
  async kubeconfig(identity?: Identity): Promise<string> {
    const { namespace } = this;
    const user = await this.#connection.credentials(identity);
    return kubeconfigText(this.#connection.config, { namespace, user });
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await this.delete(`/api/v1/namespaces/${this.namespace}`);
    await super[Symbol.asyncDispose]();
    await this.#connection[Symbol.asyncDispose]();
  }
}

/** Starts or finds the server, adds the Widget kind and makes a namespace. */
export async function openBackend(): Promise<Backend> {
  const backend = new Backend(await connect());
  await defineKind(backend, WIDGET_CRD);
  await backend.post('/api/v1/namespaces', {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: backend.namespace },
  });
  return backend;
}
