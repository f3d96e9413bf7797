/** What may be fetched and unpacked. */
export interface BundleLimits {
  /** Of the zip, in bytes. */
  readonly maxSize: number
  /** Of all unpacked files together, in bytes. */
  readonly maxUnpackedSize: number
  /** Entries of the zip. */
  readonly maxFiles: number
}

/** Where bundles come from, and whom they have to be from. */
export interface BundleSettings extends BundleLimits {
  readonly enabled: boolean
  /** What the names of bundles are appended to; '' where none is set. */
  readonly baseUrl: string
  /** Accept any certificate of an https server. */
  readonly insecureSkipVerify: boolean
  /** How long one bundle may take to arrive, attempts and pauses together, in milliseconds. */
  readonly timeoutMs: number
  /** How long a load waits for a bundle before it goes on without it, in milliseconds. */
  readonly loadWaitMs: number
  /** A PEM file; '' where bundles need no signature. */
  readonly publicKeyFile: string
  /** Where bundles are kept. */
  readonly folder: string
}
