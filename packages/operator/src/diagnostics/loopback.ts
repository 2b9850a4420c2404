import type { IncomingMessage } from 'node:http';

const LOOPBACK: readonly string[] = ['127.0.0.1', '::1', 'localhost'];

/** Whether a host name is this machine, seen from itself. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.includes(host);
}

/**
 * Why a request is not answered; `undefined`: it is. A web page must not read what happens here through the browser of
 * whoever looks at it: not by a request of its own, nor under a name that leads to this machine.
 */
export function refusalOf({ method, headers }: IncomingMessage): string | undefined {
  if (headers.origin !== undefined || headers['sec-fetch-site'] !== undefined)
    return 'browsers are refused: use tinysystems trace, tinysystems tap or curl';
  const host = /^(?:\[(.+)\]|([^:]*))(?::\d+)?$/.exec(headers.host ?? '');
  if (host === null || !isLoopback(host[1] ?? host[2] ?? ''))
    return 'the Host of a request must be 127.0.0.1, [::1] or localhost';
  return method === 'GET' ? undefined : 'only GET is answered';
}
