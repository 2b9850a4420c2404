import { spawn } from 'node:child_process';
import { resolve } from 'node:path';

/** Folder of the repository. */
export const ROOT = resolve(import.meta.dirname, '..');

/** Options of {@link runCommand}. */
export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Shows the output as it comes instead of keeping it. */
  readonly isShown?: boolean;
  /** After this time the command and everything it started are killed; default 10 minutes. */
  readonly timeoutMs?: number;
}

/** How a command ended. */
export interface CommandResult {
  /** The exit code; 128 and more: ended by a signal. */
  readonly code: number;
  /** What it printed on both streams; empty when it was shown. */
  readonly output: string;
  readonly isTimedOut: boolean;
}

const DEFAULT_TIMEOUT_MS = 600_000;
const KILLED = 137;

/**
 * Runs a program in a process group of its own and waits for it. Whatever the group still holds when the program has
 * ended, or when the time is over, is killed; SIGINT, SIGTERM and SIGHUP of this process are passed on to the group.
 */
export async function runCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const { cwd = ROOT, env = {}, isShown = false, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: isShown ? 'inherit' : ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const chunks: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => chunks.push(chunk));

  let isTimedOut = false;
  const limit = setTimeout(() => {
    isTimedOut = true;
    killGroup(child.pid, 'SIGKILL');
  }, timeoutMs);
  const forward = (signal: NodeJS.Signals): void => killGroup(child.pid, signal);
  for (const signal of FORWARDED) process.on(signal, forward);
  try {
    const code = await new Promise<number>((done, failed) => {
      child.once('error', failed);
      child.once('exit', (exitCode) => {
        killGroup(child.pid, 'SIGKILL');
        done(exitCode ?? KILLED);
      });
    });
    return { code, output: Buffer.concat(chunks).toString(), isTimedOut };
  } finally {
    clearTimeout(limit);
    for (const signal of FORWARDED) process.off(signal, forward);
  }
}

const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

function killGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    const isGone = error instanceof Error && 'code' in error && error.code === 'ESRCH';
    if (!isGone) throw error;
  }
}
