// Adds the optional platform packages that the registry lacks to package-lock.json, so that `npm ci` accepts it.
// Run after every change of the lock; `npm run checks` fails when the lock is incomplete.
import { readFileSync, writeFileSync } from 'node:fs';

const file = process.argv[2] ?? 'package-lock.json';
const lock = JSON.parse(readFileSync(file, 'utf8'));
const packages = lock.packages;

function isLocked(from, name) {
  for (let directory = from; ;) {
    if (packages[`${directory ? `${directory}/` : ''}node_modules/${name}`]) return true;
    if (!directory) return false;
    const index = directory.lastIndexOf('/node_modules/');
    directory = index >= 0 ? directory.slice(0, index) : '';
  }
}
const systemOf = (name) =>
  /(darwin|win32|android|freebsd|openharmony|netbsd|openbsd|sunos|aix)/.exec(name)?.[1] ?? 'linux';
const cpuOf = (name) => /(arm64|x64|ia32|arm|ppc64|s390x|riscv64|loong64|wasm32)/.exec(name)?.[1];

for (const [path, entry] of Object.entries(packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    if (isLocked(path, name) || !/^\d+\.\d+\.\d+/.test(version)) continue;
    packages[`node_modules/${name}`] = {
      version,
      optional: true,
      os: [systemOf(name)],
      ...(cpuOf(name) && { cpu: [cpuOf(name)] }),
      ...(entry.dev && { dev: true }),
      ...(/musl/.test(name) && { libc: ['musl'] }),
      ...(/gnu/.test(name) && { libc: ['glibc'] }),
    };
  }
}
lock.packages = Object.fromEntries(Object.entries(packages).sort(([a], [b]) => (a < b ? -1 : 1)));
const text = `${JSON.stringify(lock, null, 2)}\n`.replace(/\s*"resolved": "http[^"]*",/g, '');
if (process.argv.includes('--check')) {
  if (text !== readFileSync(file, 'utf8')) {
    console.error(`${file} is not complete: run node tools/complete-lock.mjs`);
    process.exit(1);
  }
} else writeFileSync(file, text);
