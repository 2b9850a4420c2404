import type { IncomingMessage } from 'node:http';

import { badRequest } from '../http/status.ts';
import type { Authorizer } from './authorizer.ts';
import { serviceAccountOf, userNamed, type User } from './user.ts';

/**
 * Who a request is to be made as: `kubectl --as` sends it in headers.
 *
 * @throws StatusError 403 when `user` may not be somebody else, 400 for what cannot be taken over.
 */
export function impersonated(message: IncomingMessage, user: User, authorizer: Authorizer): User {
  const headers = message.headersDistinct;
  const asked = Object.keys(headers).filter((header) => header.startsWith('impersonate-'));
  if (asked.length === 0) return user;
  const unknown = asked.find((header) => !['impersonate-user', 'impersonate-group'].includes(header));
  if (unknown !== undefined) throw badRequest(`the header ${unknown} is not supported by this server`);
  const [name = ''] = headers['impersonate-user'] ?? [];
  const groups = headers['impersonate-group'] ?? [];
  if (name === '') throw badRequest('requested to impersonate groups without impersonating a user');
  const account = serviceAccountOf(name);
  const subject = account ? { resource: 'serviceaccounts', ...account } : { resource: 'users', name };
  authorizer.require(user, { verb: 'impersonate', group: '', ...subject });
  for (const group of groups) {
    authorizer.require(user, { verb: 'impersonate', group: '', resource: 'groups', name: group });
  }
  return userNamed(name, groups);
}
