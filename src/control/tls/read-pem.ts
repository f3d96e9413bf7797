import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { createSecureContext } from 'node:tls'
import { textOf } from '../../errors.ts'

/** What a PEM file has, or what is wrong with it. */
export type Pem = { readonly text: string } | { readonly problem: string }

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

/** Reads a file of certificates. */
export async function readCertificates(path: string, folder: string): Promise<Pem> {
  return await read(path, folder, 'certificates', (text) => {
    const certificates = text.match(CERTIFICATE) ?? []
    if (certificates.length === 0) throw new Error('it has none')
    for (const certificate of certificates) new X509Certificate(certificate)
  })
}

/** Reads a file with a certificate, those that it is signed by, and its key. */
export async function readCertificateAndKey(path: string, folder: string): Promise<Pem> {
  return await read(path, folder, 'a certificate and its key', (text) => {
    if (!text.match(CERTIFICATE)) throw new Error('it has no certificate')
    if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) throw new Error('it has no key')
    createSecureContext({ cert: text, key: text })
  })
}

/** @param check throws what is wrong with the text */
async function read(path: string, folder: string, what: string, check: (text: string) => void): Promise<Pem> {
  const expected = `expected a PEM file with ${what}, relative to the folder of gateway.conf, found ${JSON.stringify(path)}`
  try {
    const text = await readFile(resolve(folder, path), 'utf8')
    check(text)
    return { text }
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT'
    return { problem: `${expected}: ${missing ? 'there is no such file' : textOf(error)}` }
  }
}
