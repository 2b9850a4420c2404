import { TinyError } from '@tinysystems/sdk';

interface Claim {
  readonly owner: string;
  count: number;
}

/**
 * Which node of this process listens on which port. Replicas of one node share a port (`SO_REUSEPORT`), and with
 * that the kernel would let two nodes share one too, and deal their requests out at random.
 */
export class PortClaims {
  readonly #claims = new Map<number, Claim>();

  /** @throws TinyError `http-module.PORT_IN_USE` when another node listens there. */
  take(port: number, owner: string): void {
    const claim = this.#claims.get(port);
    if (claim === undefined) this.#claims.set(port, { owner, count: 1 });
    else if (claim.owner === owner) claim.count += 1;
    else throw portInUse(port, `node ${claim.owner} of this module listens there`);
  }

  give(port: number): void {
    const claim = this.#claims.get(port);
    if (claim === undefined) return;
    claim.count -= 1;
    if (claim.count === 0) this.#claims.delete(port);
  }
}

/** A port that somebody else has. It may become free, so trying again makes sense. */
export function portInUse(port: number, why: string, cause?: unknown): TinyError {
  const text = `port ${port} is in use: ${why}; choose another port, or none to take a free one`;
  return new TinyError('Transient', PORT_IN_USE, text, { cause });
}

export function isPortInUse(error: unknown): boolean {
  return TinyError.is(error) && error.code === PORT_IN_USE;
}

const PORT_IN_USE = 'http-module.PORT_IN_USE';
