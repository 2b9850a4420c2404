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
  /** Kills them earlier. */
  readonly signal?: AbortSignal;
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
 * ended, or when the time is over, is killed. SIGINT, SIGTERM and SIGHUP go to the group first and end this process after
 * it.
 */
export async function runCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const { cwd = ROOT, env = {}, isShown = false, timeoutMs = DEFAULT_TIMEOUT_MS, signal: end } = options;
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
  const onEnd = (): void => killGroup(child.pid, 'SIGKILL');
  end?.addEventListener('abort', onEnd, { once: true });
  let received: NodeJS.Signals | undefined;
  const forward = (signal: NodeJS.Signals): void => {
    received = signal;
    killGroup(child.pid, signal);
  };
  for (const signal of FORWARDED) process.on(signal, forward);
  try {
    const code = await new Promise<number>((done, failed) => {
      child.once('error', failed);
      child.once('exit', () => killGroup(child.pid, 'SIGKILL'));
      child.once('close', (exitCode) => done(exitCode ?? KILLED));
    });
    return { code, output: Buffer.concat(chunks).toString(), isTimedOut };
  } finally {
    clearTimeout(limit);
    end?.removeEventListener('abort', onEnd);
    for (const signal of FORWARDED) process.off(signal, forward);
    if (received !== undefined) process.kill(process.pid, received);
  }
}

const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

function killGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
