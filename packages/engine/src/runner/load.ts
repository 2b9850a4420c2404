/** What nodes have to do at this moment. */
export interface Load {
  /** Handlers that run their own code: they hold a slot. */
  readonly running: number;
  /** Messages that wait for a slot. */
  readonly waiting: number;
  /** Chains that no message started, such as those of HTTP requests. */
  readonly begun: number;
}

/** The load of several. */
export function sumOf(loads: Iterable<Load>): Load {
  const sum = { running: 0, waiting: 0, begun: 0 };
  for (const { running, waiting, begun } of loads) {
    sum.running += running;
    sum.waiting += waiting;
    sum.begun += begun;
  }
  return sum;
}
