import type { SecureVersion } from 'node:tls'

/** The numbers that TLS itself has for its versions. */
const VERSIONS: Readonly<Record<number, SecureVersion>> = { 769: 'TLSv1', 770: 'TLSv1.1', 771: 'TLSv1.2', 772: 'TLSv1.3' }

export const tlsVersionExpected = 'expected 0, 769 (TLS 1.0), 770 (TLS 1.1), 771 (TLS 1.2) or 772 (TLS 1.3)'

/** Whether a number stands for a version, or with 0 for none in particular. */
export function isTlsVersion(number: number): boolean {
  return number === 0 || VERSIONS[number] !== undefined
}

/** The version of a number; null for 0. */
export function tlsVersion(number: number): SecureVersion | null {
  return VERSIONS[number] ?? null
}
