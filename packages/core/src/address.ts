/** A port of a node: where a message goes to or comes from. */
export interface PortAddress {
  /** Name of the TinyNode. */
  readonly node: string;
  /** Name of the port. */
  readonly port: string;
}

/** Writes an address as `node:port`. */
export function formatAddress(address: PortAddress): string {
  return `${address.node}:${address.port}`;
}

/** Reads `node:port`; `undefined` when the text has no port, no node, or a second colon. */
export function parseAddress(text: string): PortAddress | undefined {
  const colon = text.indexOf(':');
  if (colon <= 0 || colon === text.length - 1 || text.includes(':', colon + 1)) return undefined;
  return { node: text.slice(0, colon), port: text.slice(colon + 1) };
}

/** System ports start with `_`: reachable by a TinySignal only, never by an edge or over the wire. */
export function isSystemPort(port: string): boolean {
  return port.startsWith('_');
}

/** The port that receives a node's settings. */
export const SETTINGS_PORT = '_settings';
/** The port of a node's control view and its submissions. */
export const CONTROL_PORT = '_control';
