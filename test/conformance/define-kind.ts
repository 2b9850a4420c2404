import type { RawClient } from './raw-client.ts';
import { CRDS } from './widget.ts';

/**
 * Makes a kind and waits until its first version is served: a real server serves it a little after its definition is
 * accepted. A suite that runs at the same time, or ran before on the same server, may have made it.
 */
export async function defineKind(server: RawClient, definition: object): Promise<void> {
  const { metadata, spec } = definition as any;
  const { status, text } = await server.post(CRDS, definition);
  if (status !== 201 && status !== 409) throw new Error(`The server refused ${metadata.name}: ${text}`);
  const collection = `/apis/${spec.group}/${spec.versions[0].name}/${spec.names.plural}`;
  const deadline = AbortSignal.timeout(10_000);
  while ((await server.get(collection)).status !== 200) deadline.throwIfAborted();
}
