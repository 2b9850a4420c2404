import { open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** This process: its number and its start. */
const IDENTITY = `${process.pid} ${Math.round(performance.timeOrigin)}`;

/** Keeps a data directory for one process. */
export class DirectoryLock implements AsyncDisposable {
  readonly #path: string;

  private constructor(path: string) {
    this.#path = path;
  }

  /** @throws Error when another living process has the directory. */
  static async acquire(directory: string): Promise<DirectoryLock> {
    const path = join(directory, 'process.lock');
    // A process that crashed leaves its file behind: take that away and try once more.
    if (!(await create(path))) {
      const owner = await readFile(path, 'utf8');
      if (isAlive(owner)) {
        const advice = `Stop it or choose another directory; if it is something else, delete ${path}.`;
        throw new Error(
          `The data directory ${directory} is in use by process ${owner.split(' ')[0]}. ${advice}`,
        );
      }
      await rm(path, { force: true });
      if (!(await create(path)))
        throw new Error(`The data directory ${directory} was just taken by another process.`);
    }
    return new DirectoryLock(path);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#path, { force: true });
  }
}

async function create(path: string): Promise<boolean> {
  try {
    await using file = await open(path, 'wx', 0o600);
    await file.write(IDENTITY);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function isAlive(identity: string): boolean {
  const pid = Number(identity.split(' ')[0]);
  if (!Number.isInteger(pid) || pid <= 0) return false;
  // In a container every start has the same number: then the start itself tells them apart.
  if (pid === process.pid) return identity === IDENTITY;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
