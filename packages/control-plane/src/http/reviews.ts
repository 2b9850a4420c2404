import type { JsonObject } from '../json.ts';
import { readObject, type ApiRequest } from './request.ts';
import { json, type Answer } from './response.ts';

/** A question about the caller that is answered and not kept. */
export interface ReviewResource {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly answer: (body: JsonObject) => JsonObject;
}

/** Who every caller with the token is. */
export const ADMIN = {
  username: 'kubernetes-admin',
  groups: ['system:masters', 'system:authenticated'],
} as const;

const AUTHORIZATION = { group: 'authorization.k8s.io', version: 'v1' };
const EVERYTHING = { verbs: ['*'], apiGroups: ['*'], resources: ['*'] };

/** The reviews that kubectl and Helm ask for. Everyone who has the token may do everything. */
export const REVIEW_RESOURCES: readonly ReviewResource[] = [
  {
    ...AUTHORIZATION,
    plural: 'selfsubjectaccessreviews',
    kind: 'SelfSubjectAccessReview',
    answer: () => ({ allowed: true }),
  },
  {
    ...AUTHORIZATION,
    plural: 'selfsubjectrulesreviews',
    kind: 'SelfSubjectRulesReview',
    answer: () => ({
      resourceRules: [EVERYTHING],
      nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
      incomplete: false,
    }),
  },
  {
    group: 'authentication.k8s.io',
    version: 'v1',
    plural: 'selfsubjectreviews',
    kind: 'SelfSubjectReview',
    answer: () => ({ userInfo: { username: ADMIN.username, groups: [...ADMIN.groups] } }),
  },
];

/** Answers a POSTed review; `undefined` when the request is none. */
export async function answerReview(request: ApiRequest): Promise<Answer | undefined> {
  const review = REVIEW_RESOURCES.find(
    ({ group, version, plural }) => request.path === `/apis/${group}/${version}/${plural}`,
  );
  if (!review || request.method !== 'POST') return undefined;
  const body = await readObject(request, review.kind);
  return json({ ...body, metadata: { creationTimestamp: null }, status: review.answer(body) }, 201);
}
