import type { Fill } from './generate.ts';

/** A template or expression that is evaluated more often is worth a function of its own: making it takes as long. */
export const HOT_AFTER = 1000;

/** Calls `cold`, and after {@link HOT_AFTER} times what `heat` has made of it. */
export function warming(cold: Fill, heat: () => Fill | undefined): Fill {
  let fill = cold;
  let left = HOT_AFTER;
  return (data) => {
    if (left > 0) {
      left -= 1;
      if (left === 0) fill = heat() ?? cold;
    }
    return fill(data);
  };
}
