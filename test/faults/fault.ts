/** A fault that happens to a running system, and what must hold while and after it does. */
export interface Fault {
  /** Chooses it: `npm run faults -- T1`. */
  readonly id: string;
  /** What happens, as a sentence. */
  readonly title: string;
  /** What must hold; the run checks it. */
  readonly target: string;
  /**
   * Makes it happen. Short and full form differ in counts and times alone.
   *
   * @returns what was measured, each name with its unit: `takeoverP99Ms`, `missedEvents`.
   * @throws AssertionError when the target was missed.
   */
  run(scale: Scale): Promise<Measures>;
}

/** How large a run is. */
export interface Scale {
  /** One of two counts or times: that of `npm test`, or that of `npm run faults`. */
  of<T>(short: T, full: T): T;
  /** A number in [0, 1), the same sequence for the same seed. */
  readonly random: () => number;
}

/** What a fault's run measured. */
export type Measures = Readonly<Record<string, number | string>>;

/** The scale of a form; `seed` makes a run repeatable. */
export function scaleOf(form: 'short' | 'full', seed: number): Scale {
  let state = seed >>> 0;
  const random = (): number => {
    // mulberry32: 32 bits of state are enough to choose moments by.
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return { of: (short, full) => (form === 'short' ? short : full), random };
}
