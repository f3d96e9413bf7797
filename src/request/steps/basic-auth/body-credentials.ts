import { failure, type PosternError } from '../../../errors.ts'
import { compileFinder } from '../../rules/pattern.ts'
import type { StepSource } from '../step-source.ts'
import type { Credentials } from './credentials.ts'

type Find = (body: string) => string | null

/** Finds user and password in a body. */
export interface BodyPatterns {
  readonly user: Find
  readonly password: Find
}

/** The patterns of a definition; null, with the problems noted, where one is missing or wrong. */
export function readBodyPatterns(
  { user, password }: { user: string; password: string },
  source: StepSource,
): BodyPatterns | null {
  const patterns = {
    user: compile('body_user_regexp', user, source),
    password: compile('body_password_regexp', password, source),
  }
  return patterns.user && patterns.password ? { user: patterns.user, password: patterns.password } : null
}

function compile(name: string, text: string, source: StepSource): Find | null {
  const found = text === '' ? 'nothing' : JSON.stringify(text)
  try {
    return compileFinder(text, 1)
  } catch (error) {
    const reason = text === '' ? '' : `: ${(error as Error).message}`
    source.problem(['basic_auth', name], `expected a regular expression with a group, found ${found}${reason}`)
    return null
  }
}

export function credentialsIn(body: string, { user, password }: BodyPatterns): Credentials | PosternError {
  const foundUser = user(body)
  if (!foundUser) return failure('basic_body_without_user', undefined)
  const foundPassword = password(body)
  if (!foundPassword) return failure('basic_body_without_password', undefined)
  return { user: foundUser, password: foundPassword }
}
