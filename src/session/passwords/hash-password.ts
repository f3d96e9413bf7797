import { failure } from '../../errors.ts'
import type { Session } from '../../plugin/contract/session.ts'
import { isBcrypt } from '../../request/steps/basic-auth/passwords.ts'

type Password = NonNullable<Session['basic_auth_data']>

/** Beyond so many bytes bcrypt does not look. */
const LONGEST_BYTES = 72

/** How many hexadecimal digits the hashes have that take no time. */
const DIGITS: Readonly<Record<string, number>> = { sha256: 64, murmur32: 8, murmur64: 16, murmur128: 32 }

/**
 * A session whose password is hashed, whatever it comes with: what is a hash already stays.
 *
 * @param before what the key has had so far
 * @throws `admin_body_malformed` for a password that is too long to be hashed whole
 */
export async function withHashedPassword(
  session: Session,
  before: Session | undefined,
  hash: (password: string) => Promise<string>,
): Promise<Session> {
  const { password = '' } = session.basic_auth_data ?? {}
  if (password === '' || isHashed(session.basic_auth_data as Password)) return session
  if (before?.basic_auth_data?.password === password) return { ...session, basic_auth_data: before.basic_auth_data }
  if (Buffer.byteLength(password) > LONGEST_BYTES) throw tooLong(password)
  return { ...session, basic_auth_data: { ...session.basic_auth_data, password: await hash(password), hash_type: 'bcrypt' } }
}

function isHashed({ password = '', hash_type: type = '' }: Password): boolean {
  if (type === 'bcrypt') return isBcrypt(password)
  const digits = DIGITS[type]
  return digits !== undefined && password.length === digits && /^[0-9a-f]+$/i.test(password)
}

function tooLong(password: string): Error {
  const found = Buffer.byteLength(password)
  const problems = [`basic_auth_data.password: expected at most ${LONGEST_BYTES} bytes, found ${found}`]
  return failure('admin_body_malformed', { problems })
}
