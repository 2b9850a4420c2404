import { createHmac, hash, timingSafeEqual } from 'node:crypto';

import { ADMIN, serviceAccountOf, userNamed, type User } from './user.ts';

/** Whom a token is for. */
export interface TokenOptions {
  /** A user name; `system:serviceaccount:<namespace>:<name>` for a ServiceAccount. */
  readonly user: string;
  /** Beyond those that every such user has. */
  readonly groups?: readonly string[];
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
  readonly #hasUsers: boolean;

  /** @param hasUsers - whether anybody but the administrator is let in. */
  constructor(adminToken: string, hasUsers: boolean) {
    this.#adminToken = adminToken;
    this.#adminDigest = digest(adminToken);
    this.#hasUsers = hasUsers;
  }

  /**
   * Makes a token.
   *
   * @throws Error when nobody but the administrator is let in, or for a name that cannot be a user's.
   */
  issue({ user, groups = [] }: TokenOptions): string {
    if (!this.#hasUsers) {
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
    const claims = Buffer.from(JSON.stringify(userNamed(user, groups)), 'utf8').toString('base64url');
    return `${claims}.${this.#signature(claims)}`;
  }

  /** Whose token this is; `undefined` for one that this server did not issue. */
  userOf(token: string): User | undefined {
    if (timingSafeEqual(digest(token), this.#adminDigest)) return ADMIN;
    const [claims = '', signature = '', ...rest] = token.split('.');
    if (!this.#hasUsers || rest.length > 0) return undefined;
    if (!timingSafeEqual(digest(signature), digest(this.#signature(claims)))) return undefined;
    return JSON.parse(Buffer.from(claims, 'base64url').toString('utf8')) as User;
  }

  #signature(claims: string): string {
    return createHmac('sha256', this.#adminToken).update(claims).digest('base64url');
  }
}

// Digests have one length, and comparing them tells nothing about how much of a token was right.
function digest(text: string): Buffer {
  return hash('sha256', text, 'buffer');
}
