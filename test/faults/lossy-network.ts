import { execFile, spawnSync } from 'node:child_process';
import { access } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const ROOT = resolve(import.meta.dirname, '../..');
const UNPACKED = join(ROOT, '.cache/iptables');
const PACKAGES =
  'iptables libxtables12 libip4tc2 libip6tc2 libnftnl11 libmnl0 libnfnetlink0 libnetfilter-conntrack3';
const run = promisify(execFile);

/** A network namespace of its own, where packets may get lost. */
export interface LossyNetwork {
  /** Runs a program in it; `$IPTABLES` is the command. @returns what it printed. */
  run(program: string, args: readonly string[]): Promise<string>;
}

/**
 * A way to lose packets on this machine: `unshare` and `iptables` with its `statistic` match.
 *
 * @param mayFetch - gets iptables from Debian's packages where there is none; nothing is installed.
 * @returns why there is no such way, when there is none.
 */
export async function findLossyNetwork(mayFetch: boolean): Promise<LossyNetwork | string> {
  const iptables = await findIptables(mayFetch);
  if (iptables === undefined) return 'there is no iptables here';
  const network: LossyNetwork = {
    async run(program, args) {
      const inside = ['--map-root-user', '--net', 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh'];
      const { stdout } = await run('unshare', [...inside, program, ...args], {
        cwd: ROOT,
        env: { ...process.env, NODE_OPTIONS: '', ...iptables },
      });
      return stdout;
    },
  };
  try {
    const rule = '-A INPUT -p tcp -m statistic --mode random --probability 0.5 -j DROP';
    await network.run('sh', ['-c', `$IPTABLES ${rule}`]);
    return network;
  } catch (error) {
    return `this machine makes no network namespace with iptables: ${String((error as Error).message).trim()}`;
  }
}

async function findIptables(mayFetch: boolean): Promise<Readonly<Record<string, string>> | undefined> {
  if (spawnSync('iptables', ['--version']).status === 0) return { IPTABLES: 'iptables' };
  const program = join(UNPACKED, 'usr/sbin/xtables-nft-multi');
  const isThere = () =>
    access(program).then(
      () => true,
      () => false,
    );
  if (!(await isThere()) && mayFetch) await fetchIptables();
  if (!(await isThere())) return undefined;
  const libraries = join(UNPACKED, 'usr/lib/x86_64-linux-gnu');
  return {
    IPTABLES: `${program} iptables`,
    LD_LIBRARY_PATH: libraries,
    XTABLES_LIBDIR: join(libraries, 'xtables'),
  };
}

async function fetchIptables(): Promise<void> {
  const steps = [
    'set -e',
    `mkdir -p ${UNPACKED}/debs`,
    `cd ${UNPACKED}/debs`,
    `apt-get download -qq ${PACKAGES}`,
    `for deb in *.deb; do dpkg-deb -x "$deb" ${UNPACKED}; done`,
  ];
  await run('sh', ['-c', steps.join('\n')]).catch((error: unknown) =>
    console.log(`no iptables: ${String(error)}`),
  );
}
