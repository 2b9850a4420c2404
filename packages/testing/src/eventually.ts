/** How long and how often {@link eventually} looks. */
export interface EventuallyOptions {
  /** Default 5000. */
  readonly timeoutMs?: number;
  /** Default 5. */
  readonly intervalMs?: number;
}

/**
 * Waits until `condition` holds: it holds when it neither throws nor returns `false`.
 *
 * @returns what the condition returned.
 * @throws Error at the timeout, with the condition's last error as `cause`.
 */
export async function eventually<T>(
  condition: () => T | Promise<T>,
  { timeoutMs = 5000, intervalMs = 5 }: EventuallyOptions = {},
): Promise<Exclude<T, false>> {
  const endMs = performance.now() + timeoutMs;
  let failure: unknown;
  do {
    try {
      const value = await condition();
      if (value !== false) return value as Exclude<T, false>;
      failure = undefined;
    } catch (error) {
      failure = error;
    }
    await new Promise((resolve) => setTimeout(resolve, intervalMs));
  } while (performance.now() < endMs);
  const why = failure === undefined ? 'it was false' : String((failure as Error).message);
  throw new Error(`the condition did not hold within ${timeoutMs} ms: ${why}`, { cause: failure });
}
