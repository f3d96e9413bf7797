import * as z from 'zod'

const texts = z
  .array(z.string().min(1))
  .nullish()
  .transform((list) => list ?? [])

export const corsOptions = z.looseObject({
  /** Whether the rest counts. Default false. */
  enable: z.boolean().default(false),
  /** Origins that may read responses, as `https://example.com` or `https://*.example.com`; `*`, or none at all, is every one. Default every one. */
  allowed_origins: texts,
  /** Methods that preflights allow. Default GET, POST and HEAD. */
  allowed_methods: texts,
  /** Request headers that preflights allow; `*` is every one. Default Origin, Accept, Content-Type and X-Requested-With. */
  allowed_headers: texts,
  /** Response headers that scripts may read. Default none beyond what everyone may read. */
  exposed_headers: texts,
  /** Whether browsers may send cookies and the like; not for every origin. Default false. */
  allow_credentials: z.boolean().default(false),
  /** How long browsers may keep the answer to a preflight, in seconds; 0: as they like, less: not at all. Default 0. */
  max_age: z.int().default(0),
  /** Whether OPTIONS goes to the upstream, past every other step, and is answered there. Default false. */
  options_passthrough: z.boolean().default(false),
  /** Whether each decision is logged. Default false. */
  debug: z.boolean().default(false),
})
export type CorsOptions = z.infer<typeof corsOptions>

export const definitionFields = {
  /** What scripts of other origins may do. Default nothing. */
  CORS: corsOptions.prefault({}),
}
