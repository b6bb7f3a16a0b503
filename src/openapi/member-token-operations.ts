import { Type } from '@sinclair/typebox';
import { MemberTokenRequestSchema } from '../http/schemas.js';
import type { ApiOperation } from './operation.js';

export const MEMBER_TOKEN_OPERATIONS: readonly ApiOperation[] = [
  {
    ...{ method: 'post', path: '/v1/member-tokens', id: 'issueMemberToken', group: 'Pages', scope: 'serve' },
    summary: 'A token with which a browser may ask for one member’s pages',
    description:
      'Sent as `Authorization: Bearer mt_…` with `POST /v1/home`, for `auth.memberTokenTtlMs`: an API key never has to reach a browser.',
    body: { 'application/json': MemberTokenRequestSchema },
    example: { memberId: 'm-1' },
    answers: {
      201: {
        description: 'the token, and until when it is good',
        schema: Type.Object(
          { token: Type.String(), expiresAtMs: Type.Integer({ description: 'epoch milliseconds' }) },
          { additionalProperties: false },
        ),
      },
    },
  },
];
