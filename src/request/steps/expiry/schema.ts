import * as z from 'zod'

export const definitionFields = {
  /** When the API ends, as `YYYY-MM-DD HH:MM` in UTC; empty: never. Default empty. */
  expiration: z.string().default(''),
}

export const versionFields = {
  /** When the version ends, as `YYYY-MM-DD HH:MM` in UTC; empty or `-1`: never. Default empty. */
  expires: z.string().default(''),
}
