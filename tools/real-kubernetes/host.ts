import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** What the builds and the servers use of the machine, and the package that brings it. */
const TOOLS: Readonly<Record<string, string>> = {
  make: 'make',
  rsync: 'rsync',
  patch: 'patch',
  openssl: 'openssl',
};

/** Why the real servers cannot be built and run here; `undefined` when they can. */
export function problemOfHost(): string | undefined {
  if (process.platform !== 'linux' || !existsSync('/etc/debian_version') || !isThere('apt-get'))
    return 'this needs Debian or something built on it: the servers come from its packages';
  if (process.getuid?.() !== 0) return 'this needs root, for apt: run it in a container, or with sudo';
  return undefined;
}

/**
 * Installs the few tools that are missing.
 *
 * @throws Error when apt could not.
 */
export function installTools(): void {
  const missing = Object.entries(TOOLS).flatMap(([tool, name]) => (isThere(tool) ? [] : [name]));
  if (missing.length === 0) return;
  console.log(`installing ${missing.join(' ')} …`);
  for (const words of [
    ['update', '-qq'],
    ['install', '-qq', '--no-install-recommends', ...missing],
  ]) {
    const { status } = spawnSync('apt-get', words, { stdio: ['ignore', 'ignore', 'inherit'] });
    if (status !== 0) throw new Error(`apt-get ${words.join(' ')} failed: its reason is above`);
  }
}

function isThere(tool: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${tool}`]).status === 0;
}
