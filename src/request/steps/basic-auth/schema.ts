import * as z from 'zod'

const flag = z.boolean().nullish()
const text = z.string().nullish()

/** How a user and a password are read and checked. */
const basicAuth = z.looseObject({
  /** Whether every password is checked anew. Default false. */
  disable_caching: flag,
  /** How long a password that was right is remembered, in seconds; 0 means 60. Default 60. */
  cache_ttl: z.number().min(0).nullish(),
  /** Whether user and password are in the body instead of a header. Default false. */
  extract_from_body: flag,
  /** What finds the user name in the body: a regular expression in the syntax of RE2, whose first group it is. */
  body_user_regexp: text,
  /** What finds the password, likewise. */
  body_password_regexp: text,
})

export const definitionFields = {
  /** How users and passwords are read, with `use_basic_auth`. */
  basic_auth: basicAuth.optional(),
}
