import { type Json, isJsonEqual } from './json.ts';
import type { PortDefinition, PublishedPort } from './port.ts';

const FACTS = ['schema', 'reply', 'emits', 'answers'] as const;

/**
 * A port as a status publishes it.
 *
 * @param own - the same port as it is published elsewhere: only what differs from it is told again.
 */
export function publishedPort(port: PortDefinition, own?: PortDefinition): PublishedPort {
  const { name, label, position, direction } = port;
  const told = FACTS.filter(
    (fact) => port[fact] !== undefined && !isJsonEqual(own?.[fact] as Json, port[fact] as Json),
  );
  const facts = Object.fromEntries(told.map((fact) => [fact, port[fact]]));
  return { name, label, position, source: direction === 'out', ...facts };
}
