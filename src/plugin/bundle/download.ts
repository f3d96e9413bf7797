import { readFile, stat } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { type Dispatcher, interceptors } from 'undici'
import { failure, isFailure, textOf } from '../../errors.ts'
import { s3ObjectUrl, s3SettingsOf, signGet } from './s3.ts'

/** What a server said of a version, to ask for a newer one with; '' where it said nothing. */
export interface Validators {
  readonly etag: string
  readonly lastModified: string
}

/** How one attempt ended. */
export type Download =
  | { readonly kind: 'fetched'; readonly bytes: Buffer; readonly validators: Validators }
  /** The version that the validators are of is the newest. */
  | { readonly kind: 'unchanged' }
  /** `transient`: another attempt may end better. */
  | { readonly kind: 'failed'; readonly reason: string; readonly transient: boolean; readonly cause?: unknown }

export interface DownloadRequest {
  /** What messages call it. */
  readonly bundle: string
  readonly url: URL
  readonly validators: Validators
  /** Of the zip, in bytes. */
  readonly maxSize: number
  readonly dispatcher: Dispatcher
  /** Where credentials for s3 come from. */
  readonly env: NodeJS.ProcessEnv
  readonly signal: AbortSignal
}

/** What is worth another attempt, apart from every 5xx: a timeout, and too many requests. */
const TRANSIENT = [408, 425, 429]

/** A certificate that is not accepted now will not be in a second either. */
const CERTIFICATE = /CERT|ERR_TLS/

const LONGEST_ERROR = 10_000

/** As many as the fetch standard allows. */
const MOST_REDIRECTS = 20

/**
 * Tries once to fetch a bundle that may have changed.
 *
 * @throws `bundle_size_exceeded`, `bundle_s3_unconfigured`
 */
export async function download(request: DownloadRequest): Promise<Download> {
  try {
    return request.url.protocol === 'file:' ? await readLocal(request) : await fetchRemote(request)
  } catch (error) {
    if (isFailure(error)) throw error
    const transient = request.url.protocol !== 'file:' && !CERTIFICATE.test(codeOf(error))
    return { kind: 'failed', reason: reasonOf(error), transient, cause: error }
  }
}

async function readLocal({ bundle, url, maxSize }: DownloadRequest): Promise<Download> {
  const file = fileURLToPath(url)
  const found = await stat(file)
  // Reading a pipe or a device could wait for ever.
  if (!found.isFile()) return { kind: 'failed', reason: 'it is not a regular file', transient: false }
  if (found.size > maxSize) throw failure('bundle_size_exceeded', { bundle, limit: maxSize })
  return { kind: 'fetched', bytes: await readFile(file), validators: { etag: '', lastModified: '' } }
}

async function fetchRemote(request: DownloadRequest): Promise<Download> {
  const { signal } = request
  const { url, headers, dispatcher } = prepare(request)
  const { origin, pathname, search } = url
  const response = await dispatcher.request({ origin, path: pathname + search, method: 'GET', headers, signal })
  const { statusCode: status } = response
  if (status === 200) return receive(response, request)
  const error = await s3ErrorOf(response, request)
  const { etag, lastModified } = request.validators
  if (status === 304 && `${etag}${lastModified}` !== '') return { kind: 'unchanged' }
  const transient = status >= 500 || TRANSIENT.includes(status)
  return { kind: 'failed', reason: `the server answered ${status}${error}`, transient }
}

function prepare({ url, validators: { etag, lastModified }, env, dispatcher }: DownloadRequest) {
  const conditions = {
    ...(etag !== '' && { 'if-none-match': etag }),
    ...(lastModified !== '' && { 'if-modified-since': lastModified }),
  }
  if (url.protocol === 's3:') {
    const settings = s3SettingsOf(env)
    const object = s3ObjectUrl(url, settings)
    // A signature holds for one host alone.
    return { url: object, headers: { ...signGet(object, settings, new Date()), ...conditions }, dispatcher }
  }
  const plain = new URL(url)
  plain.username = plain.password = ''
  const user = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`
  const authorization = user === ':' ? {} : { authorization: `Basic ${Buffer.from(user).toString('base64')}` }
  // Another origin does not get the credentials.
  const redirected = dispatcher.compose(interceptors.redirect({ maxRedirections: MOST_REDIRECTS, throwOnMaxRedirect: true }))
  return { url: plain, headers: { ...conditions, ...authorization }, dispatcher: redirected }
}

async function receive(response: Dispatcher.ResponseData, { bundle, maxSize }: DownloadRequest): Promise<Download> {
  const bytes = await readBody(response, maxSize)
  if (bytes === null) throw failure('bundle_size_exceeded', { bundle, limit: maxSize })
  const { headers } = response
  return {
    kind: 'fetched',
    bytes,
    validators: { etag: textIn(headers.etag), lastModified: textIn(headers['last-modified']) },
  }
}

/** The value of a field; '' for one that is missing or there more than once. */
function textIn(value: string | string[] | undefined): string {
  return typeof value === 'string' ? value : ''
}

/** The whole body, or `null` as soon as it is longer than `limit` bytes. */
async function readBody({ body }: Dispatcher.ResponseData, limit: number): Promise<Buffer | null> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of body as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > limit) return null
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** The code in the XML that S3 answers with: ` (NoSuchKey)`. */
async function s3ErrorOf(response: Dispatcher.ResponseData, { url }: DownloadRequest): Promise<string> {
  const xml = await readBody(response, LONGEST_ERROR)
  const code = url.protocol === 's3:' && xml ? /<Code>(\w+)<\/Code>/.exec(xml.toString())?.[1] : undefined
  return code === undefined ? '' : ` (${code})`
}

/** Of a connection that several addresses refuse, the error has a code and no text. */
function reasonOf(error: unknown): string {
  const { name } = error as { name?: string }
  if (name === 'TimeoutError') return 'it took too long'
  if (codeOf(error) === 'ENOENT') return 'there is no such file'
  return textOf(error) || codeOf(error)
}

function codeOf(error: unknown): string {
  return String((error as { code?: unknown }).code)
}
