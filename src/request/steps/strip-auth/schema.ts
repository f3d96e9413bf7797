import * as z from 'zod'

export const definitionFields = {
  /** Whether the credentials that the enabled kinds of authentication read are taken off before the upstream. Default false. */
  strip_auth_data: z.boolean().default(false),
}
