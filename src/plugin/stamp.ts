import * as z from 'zod'

/** The stamp's own format; raised when an older gateway could misread a newer one. */
export const STAMP_FORMAT = 1

/**
 * What an artifact is and what it was built for: the JSON in the comment (`postern {…}`) on its first line. It is read without
 * running anything.
 */
export const stampSchema = z.strictObject({
  format: z.literal(STAMP_FORMAT),
  /** The gateway's semantic version, as in package.json. */
  gateway: z.string(),
  /** The gateway's build id; '' for a release. */
  build: z.string(),
  /** Digest of the contract it was compiled against. */
  contract: z.string(),
  /** Node's version in the compiler. */
  node: z.string(),
  name: z.string(),
  version: z.string(),
  exports: z.array(
    z.strictObject({
      name: z.string(),
      kind: z.enum(['plugin', 'defined']),
      /** JSON Schema of the plugin's `config`, where its schema library can tell. */
      config: z.record(z.string(), z.unknown()).optional(),
    }),
  ),
  permissions: z.record(z.string(), z.unknown()),
  source: z.strictObject({
    /** SHA-256 over the plugin's own source files. */
    digest: z.string(),
    /** SHA-256 of package-lock.json; '' where there is none. */
    lockfile: z.string(),
  }),
  /** The bundled packages. */
  packages: z.array(z.strictObject({ name: z.string(), version: z.string(), license: z.string() })),
  /** SHA-256 (hex) of everything after the stamp line and the signature line. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
})

export type Stamp = z.infer<typeof stampSchema>
