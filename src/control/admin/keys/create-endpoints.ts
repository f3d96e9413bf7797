import type { ErrorCode } from '../../../errors.ts'
import { failure, textOf } from '../../../errors.ts'
import type { Session } from '../../../plugin/contract/session.ts'
import type { CreatedKey, KeyBook } from '../../../session/keys/key-book.ts'
import { sessionSchema } from '../../../session/session-schema.ts'
import { changeDoc, changed, errorDoc, okAnswer, refusal } from '../answers.ts'
import { type Answer, type BodyRules, type Endpoint, endpoint } from '../endpoint.ts'

export interface KeyTools {
  readonly book: KeyBook
  /** Whether keys are listed where they are stored hashed. */
  readonly listHashedKeys: boolean
  /** Whether a key may be for every API there is. */
  readonly allowMasterKeys: boolean
  /** The organisation of an API that is loaded. */
  orgOf(apiId: string): string | undefined
}

const tag = 'keys'

/** Where `null` is a value. */
const FREE_DATA = new Set(['meta_data'])

export function sessionBody(malformed: ErrorCode): BodyRules<Session> {
  return { schema: sessionSchema, malformed, nullsIn: FREE_DATA }
}

/** What makes keys. */
export function createEndpoints({ book, allowMasterKeys }: KeyTools): Endpoint[] {
  const created = ({ key, stored }: CreatedKey): Answer => {
    return changed({ key, action: 'added', ...(book.hashed && { key_hash: stored }) })
  }
  return [
    endpoint({
      method: 'post',
      path: '/tyk/keys',
      summary: 'Make a key',
      tag,
      body: sessionBody('admin_body_malformed'),
      responses: {
        200: changeDoc('A new key, which works at once and at every gateway'),
        ...errorDoc('admin_body_malformed'),
        ...errorDoc('key_not_created'),
      },
      handle: async ({ body: session }) => created(await book.create(session)),
    }),
    endpoint({
      method: 'post',
      path: '/tyk/keys/create',
      summary: 'Make a key that has to be for some API',
      tag,
      body: sessionBody('admin_body_unreadable'),
      responses: {
        200: changeDoc('A new key, which works at once and at every gateway'),
        ...errorDoc('key_without_rights'),
        ...errorDoc('admin_body_unreadable', 'key_not_created'),
      },
      async handle({ body: session }) {
        const isForSome = allowMasterKeys || hasRights(session) || hasRights(previewed(book, session))
        return isForSome ? created(await book.create(session)) : refusal('key_without_rights')
      },
    }),
    endpoint({
      method: 'post',
      path: '/tyk/keys/preview',
      summary: 'Show what a session comes to with its policies',
      tag,
      body: sessionBody('admin_body_malformed'),
      responses: {
        200: { description: 'The session with its policies applied; nothing is stored', schema: sessionSchema },
        ...errorDoc('admin_body_malformed'),
        ...errorDoc('key_policies_not_applied'),
      },
      handle: ({ body: session }) => okAnswer(previewed(book, session)),
    }),
    endpoint({
      method: 'post',
      path: '/tyk/keys/{id}',
      summary: 'Make a key of a chosen id, or a user',
      tag,
      params: { id: 'What the key is to be called; the name of the user where there is `basic_auth_data`' },
      body: sessionBody('admin_body_malformed'),
      responses: {
        200: changeDoc('The key, which works at once and at every gateway, by its id too'),
        ...errorDoc('admin_body_malformed'),
        ...errorDoc('key_not_created'),
      },
      handle: async ({ params: { id = '' }, body: session }) => created(await book.create(session, id)),
    }),
  ]
}

function hasRights({ access_rights: rights = {} }: Session): boolean {
  return Object.keys(rights).length > 0
}

/** @throws `key_policies_not_applied` */
function previewed(book: KeyBook, session: Session): Session {
  try {
    return book.preview(session)
  } catch (cause) {
    throw failure('key_policies_not_applied', { problems: [textOf(cause)] }, cause)
  }
}
