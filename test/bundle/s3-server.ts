import { createHash, createHmac } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { BundleServer } from './bundle-server.ts'

export interface S3Account {
  readonly id: string
  readonly secret: string
  readonly token?: string
  readonly region: string
}

/** Has a server of bundles let in only who signs for an account, as an S3-compatible store does. */
export function requireSignature(server: BundleServer, account: S3Account): void {
  server.intercept = (request, response) => {
    const wrong = wrongAbout(request, account)
    if (wrong !== null) refuse(response, 403, wrong)
    else if (!server.files.has(decodeURIComponent(String(request.url).slice(1)))) refuse(response, 404, 'NoSuchKey')
    else return false
    return true
  }
}

function refuse(response: ServerResponse, status: number, code: string): void {
  const xml = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>No.</Message></Error>`
  response.writeHead(status, { 'content-type': 'application/xml' }).end(xml)
}

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=(\w+)$/

/** Computes the signature from the request as it arrived, independently of the code that made it. */
function wrongAbout({ method, url = '', headers }: IncomingMessage, { id, secret, token, region }: S3Account): string | null {
  const [, key, date = '', scopeRegion, names = '', signature] = AUTHORIZATION.exec(headers.authorization ?? '') ?? []
  if (key !== id) return 'InvalidAccessKeyId'
  if (scopeRegion !== region) return 'AuthorizationHeaderMalformed'
  if (headers['x-amz-security-token'] !== token) return 'InvalidToken'
  const time = String(headers['x-amz-date'])
  if (!time.startsWith(date) || !names.split(';').includes('host')) return 'SignatureDoesNotMatch'
  const [path, query = ''] = url.split('?')
  const lines = names.split(';').map((name) => `${name}:${String(headers[name]).trim()}\n`)
  const canonical = [method, path, query, lines.join(''), names, headers['x-amz-content-sha256']].join('\n')
  const scope = `${date}/${region}/s3/aws4_request`
  const text = `AWS4-HMAC-SHA256\n${time}\n${scope}\n${createHash('sha256').update(canonical).digest('hex')}`
  const hmac = (by: string | Buffer, content: string) => createHmac('sha256', by).update(content).digest()
  const signingKey = hmac(hmac(hmac(hmac(`AWS4${secret}`, date), region), 's3'), 'aws4_request')
  return hmac(signingKey, text).toString('hex') === signature ? null : 'SignatureDoesNotMatch'
}
