import { createHmac, hash, timingSafeEqual } from 'node:crypto';

import { systemClock, type Clock } from '../clock.ts';
import { ADMIN, serviceAccountOf, userNamed, type User } from './user.ts';

/** Whom a token is for. */
export interface TokenOptions {
  /** A user name; `system:serviceaccount:<namespace>:<name>` for a ServiceAccount. */
  readonly user: string;
  /** Beyond those that every such user has. */
  readonly groups?: readonly string[];
  /** Until when it is good, in milliseconds since 1970; as long as the administrator's by default. */
  readonly expiresAtMs?: number;
}

/**
 * The bearer tokens of a server.
 *
 * An issued token says whom it is for and is signed with the administrator's, so that nothing has to be kept: it is
 * good as long as that one is, over restarts too.
 */
export class Tokens {
  readonly #adminToken: string;
  readonly #adminDigest: Buffer;
  /** Whether anybody but the administrator is let in. */
  readonly hasUsers: boolean;
  readonly #clock: Pick<Clock, 'now'>;

  constructor(adminToken: string, hasUsers: boolean, clock: Pick<Clock, 'now'> = systemClock) {
    this.#adminToken = adminToken;
    this.#adminDigest = digest(adminToken);
    this.hasUsers = hasUsers;
    this.#clock = clock;
  }

  /**
   * Makes a token.
   *
   * @throws Error when nobody but the administrator is let in, or for a name that cannot be a user's.
   */
  issue({ user, groups = [], expiresAtMs }: TokenOptions): string {
    if (!this.hasUsers) {
      throw new Error(
        `No token for user ${JSON.stringify(user)}: without RBAC it could do everything. Start with { rbac: true }.`,
      );
    }
    if (user === '') throw new Error('No token for a user without a name.');
    if (user.startsWith('system:serviceaccount:') && !serviceAccountOf(user)) {
      throw new Error(
        `No token for ${JSON.stringify(user)}: a ServiceAccount is system:serviceaccount:<namespace>:<name>.`,
      );
    }
    const content = { ...userNamed(user, groups), expiresAtMs };
    const claims = Buffer.from(JSON.stringify(content), 'utf8').toString('base64url');
    return `${claims}.${this.#signature(claims)}`;
  }

  /** Whose token this is; `undefined` for one that this server did not issue. */
  userOf(token: string): User | undefined {
    if (timingSafeEqual(digest(token), this.#adminDigest)) return ADMIN;
    const [claims = '', signature = '', ...rest] = token.split('.');
    if (!this.hasUsers || rest.length > 0) return undefined;
    if (!timingSafeEqual(digest(signature), digest(this.#signature(claims)))) return undefined;
    const content = JSON.parse(Buffer.from(claims, 'base64url').toString('utf8')) as User & TokenOptions;
    const { name, groups, expiresAtMs = Infinity } = content;
    return this.#clock.now() < expiresAtMs ? { name, groups } : undefined;
  }

  #signature(claims: string): string {
    return createHmac('sha256', this.#adminToken).update(claims).digest('base64url');
  }
}

// Digests have one length, and comparing them tells nothing about how much of a token was right.
function digest(text: string): Buffer {
  return hash('sha256', text, 'buffer');
}
