import type { Authorizer } from '../access/authorizer.ts';
import type { AccessAttributes } from '../access/attributes.ts';
import type { PolicyRule } from '../access/policy-rule.ts';
import { timestamp, type Clock } from '../clock.ts';
import type { User } from '../access/user.ts';
import { memberAt, type JsonObject } from '../json.ts';
import { stringAt } from '../kube-object.ts';
import { readObject, type ApiRequest } from './request.ts';
import { json, type Answer } from './response.ts';

/** A question about the caller that is answered and not kept. */
export interface ReviewResource {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  /** The status that answers `body`. */
  /** Whether the answer says when it was given. */
  readonly hasTime?: boolean;
  readonly answer: (body: JsonObject, user: User, authorizer: Authorizer) => JsonObject;
}

const AUTHORIZATION = { group: 'authorization.k8s.io', version: 'v1' };

/** The reviews that kubectl and Helm ask for. */
export const REVIEW_RESOURCES: readonly ReviewResource[] = [
  {
    ...AUTHORIZATION,
    plural: 'selfsubjectaccessreviews',
    kind: 'SelfSubjectAccessReview',
    answer: answerAccess,
  },
  {
    ...AUTHORIZATION,
    plural: 'selfsubjectrulesreviews',
    kind: 'SelfSubjectRulesReview',
    answer: answerRules,
  },
  {
    group: 'authentication.k8s.io',
    version: 'v1',
    plural: 'selfsubjectreviews',
    kind: 'SelfSubjectReview',
    answer: answerUser,
    hasTime: true,
  },
];

/** Answers a POSTed review; `undefined` when the request is none. */
export async function answerReview(
  request: ApiRequest,
  { authorizer, clock }: { readonly authorizer: Authorizer; readonly clock: Clock },
): Promise<Answer | undefined> {
  const review = REVIEW_RESOURCES.find(
    ({ group, version, plural }) => request.path === `/apis/${group}/${version}/${plural}`,
  );
  if (!review || request.method !== 'POST') return undefined;
  const { kind, group, version } = review;
  const body = await readObject(request, { kind, apiVersion: `${group}/${version}` });
  const status = review.answer(body, request.user, authorizer);
  const creationTimestamp = review.hasTime ? timestamp(clock) : null;
  return json({ ...body, metadata: { creationTimestamp }, status }, 201);
}

function answerAccess(body: JsonObject, user: User, authorizer: Authorizer): JsonObject {
  const { isAllowed, reason } = authorizer.decide(user, reviewedAttributes(body));
  return { allowed: isAllowed, ...(reason !== '' && { reason }) };
}

function answerRules(body: JsonObject, user: User, authorizer: Authorizer): JsonObject {
  const { rules, problem } = authorizer.permissionsOf(user, textAt(body, 'namespace'));
  return {
    resourceRules: rules.filter(({ resources }) => resources.length > 0).map(resourceRule),
    nonResourceRules: rules.filter(({ nonResourceURLs }) => nonResourceURLs.length > 0).map(pathRule),
    incomplete: false,
    ...(problem !== '' && { evaluationError: problem }),
  };
}

function answerUser(_body: JsonObject, { name, groups }: User): JsonObject {
  return { userInfo: { username: name, groups } };
}

function reviewedAttributes(body: JsonObject): AccessAttributes {
  const about = (field: string): string | undefined => textAt(body, 'resourceAttributes', field);
  if (memberAt(body, ['spec', 'resourceAttributes']) === undefined) {
    const path = textAt(body, 'nonResourceAttributes', 'path') ?? '';
    return { verb: textAt(body, 'nonResourceAttributes', 'verb') ?? '', path };
  }
  return {
    verb: about('verb') ?? '',
    group: about('group') ?? '',
    resource: about('resource') ?? '',
    subresource: about('subresource'),
    namespace: about('namespace'),
    name: about('name'),
  };
}

// The empty text says nothing, like a field that is not there.
function textAt(body: JsonObject, ...path: readonly string[]): string | undefined {
  return stringAt(body, 'spec', ...path) || undefined;
}

function resourceRule({ verbs, apiGroups, resources, resourceNames }: PolicyRule): JsonObject {
  return { verbs, apiGroups, resources, ...(resourceNames.length > 0 && { resourceNames }) };
}

function pathRule({ verbs, nonResourceURLs }: PolicyRule): JsonObject {
  return { verbs, nonResourceURLs };
}
