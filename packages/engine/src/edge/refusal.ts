import {
  type EdgeSpec,
  type Json,
  type PortAddress,
  TinyError,
  formatAddress,
  isJsonObject,
} from '@tinysystems/core';
import { shownExpressions } from './shown-mapping.ts';

/** The error of a message that does not fit the port it came to. @param problem - begins with the path of what does not fit. */
export function refusedMessage(to: PortAddress, problem: string): TinyError {
  return new TinyError('Permanent', 'MESSAGE_INVALID', `${beginningFor(to)}${problem}`);
}

/**
 * Names edge and expression where the target of an edge refused what its mapping had made: a path that found nothing is
 * null, and only the target knows whether it may be. Any other error, one of a node further down too, stays as it is.
 */
export function nameMapping(
  error: TinyError,
  { spec, to }: { readonly spec: EdgeSpec; readonly to: PortAddress },
): TinyError {
  if (error.code !== 'MESSAGE_INVALID') return error;
  const beginning = beginningFor(to);
  if (spec.configuration === undefined || !error.message.startsWith(beginning)) return error;
  const path = error.message.slice(beginning.length).split(':', 1)[0] ?? '';
  const written = at(spec.configuration, path);
  const shown = typeof written === 'string' ? shownExpressions(written) : '';
  const place = shown === '' ? '' : `configuration.${path}: ${shown}: `;
  return new TinyError(error.kind, error.code, `edge ${spec.id}: ${place}${error.message}`, { cause: error });
}

function beginningFor(to: PortAddress): string {
  return `${formatAddress(to)} refuses the message: `;
}

function at(value: Json, path: string): Json | undefined {
  let found: Json | undefined = value;
  for (const step of path.split(/[.[\]]+/).filter((name) => name !== '')) {
    if (Array.isArray(found)) found = (found as readonly Json[])[Number(step)];
    else if (isJsonObject(found) && Object.hasOwn(found, step)) found = found[step];
    else return undefined;
  }
  return found;
}
