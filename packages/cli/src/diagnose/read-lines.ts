import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { CliError, textOf } from '../cli-error.ts';

/**
 * Reads an answer of a diagnostics server, line by line of JSON.
 *
 * @param onOpen - it has begun to answer.
 * @throws CliError when it does not answer, or refuses.
 */
export async function* readLines<T>(
  url: string,
  signal: AbortSignal,
  onOpen: () => void = () => undefined,
): AsyncGenerator<T> {
  const response = await ask(url, signal);
  onOpen();
  if (response.body === null) return;
  const lines = createInterface({ input: Readable.fromWeb(response.body) });
  for await (const line of lines) yield JSON.parse(line) as T;
}

async function ask(url: string, signal: AbortSignal): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, { signal, redirect: 'error' });
  } catch (error) {
    if (signal.aborted) throw error;
    const cause = error instanceof Error ? error.cause : undefined;
    throw new CliError(`it does not answer: ${textOf(cause ?? error)}`, { cause: error });
  }
  if (response.ok) return response;
  throw new CliError(`it answers ${response.status}: ${(await response.text()).trim()}`);
}
