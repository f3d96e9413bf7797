import { createHash, createHmac } from 'node:crypto'
import { failure } from '../../errors.ts'

/** How an S3 or S3-compatible store is reached. */
export interface S3Settings {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  /** Of temporary credentials; '' for lasting ones. */
  readonly sessionToken: string
  readonly region: string
  /** Of an S3-compatible store, which is addressed by path; '' for S3 itself. */
  readonly endpoint: string
}

const EMPTY_BODY = createHash('sha256').digest('hex')

/**
 * The settings that the environment holds, under the names that S3's own tools use.
 *
 * @throws `bundle_s3_unconfigured`
 */
export function s3SettingsOf(env: NodeJS.ProcessEnv): S3Settings {
  const { AWS_ACCESS_KEY_ID: accessKeyId = '', AWS_SECRET_ACCESS_KEY: secretAccessKey = '' } = env
  const missing = Object.entries({ AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey })
    .filter(([, value]) => value === '')
    .map(([name]) => name)
  const endpoint = env.AWS_ENDPOINT_URL_S3 || env.AWS_ENDPOINT_URL || ''
  if (missing.length > 0) throw failure('bundle_s3_unconfigured', { reason: `${missing.join(' and ')} not set` })
  if (endpoint !== '' && !/^https?:$/.test(URL.parse(endpoint)?.protocol ?? '')) {
    throw failure('bundle_s3_unconfigured', { reason: 'the endpoint is no http or https URL' })
  }
  return {
    accessKeyId,
    secretAccessKey,
    sessionToken: env.AWS_SESSION_TOKEN || '',
    region: env.AWS_REGION || env.AWS_DEFAULT_REGION || 'us-east-1',
    endpoint,
  }
}

/** The http URL of `s3://bucket/key`. A bucket with dots has no certificate of its own, and is addressed by path. */
export function s3ObjectUrl({ host: bucket, pathname }: URL, { region, endpoint }: S3Settings): URL {
  const key = pathname.slice(1).split('/').map(encodeSegment).join('/')
  if (endpoint !== '') return new URL(`${endpoint.replace(/\/+$/, '')}/${bucket}/${key}`)
  const host = `s3.${region}.amazonaws.com`
  return new URL(bucket.includes('.') ? `https://${host}/${bucket}/${key}` : `https://${bucket}.${host}/${key}`)
}

/** The headers that sign a GET without a body by Signature Version 4; `headers` (lower case) are signed as well. */
export function signGet(
  url: URL,
  { accessKeyId, secretAccessKey, sessionToken, region }: S3Settings,
  now: Date,
  headers: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const time = now.toISOString().replace(/[-:]|\.\d+/g, '')
  const date = time.slice(0, 8)
  const signed: Record<string, string> = {
    ...headers,
    'x-amz-content-sha256': EMPTY_BODY,
    'x-amz-date': time,
    ...(sessionToken !== '' && { 'x-amz-security-token': sessionToken }),
  }
  const lines = Object.entries({ ...signed, host: url.host }).sort(([a], [b]) => (a < b ? -1 : 1))
  const names = lines.map(([name]) => name).join(';')
  const canonicalHeaders = lines.map(([name, value]) => `${name}:${value.trim()}\n`).join('')
  const request = ['GET', url.pathname, '', canonicalHeaders, names, EMPTY_BODY].join('\n')

  const scope = `${date}/${region}/s3/aws4_request`
  const text = ['AWS4-HMAC-SHA256', time, scope, createHash('sha256').update(request).digest('hex')].join('\n')
  const key = [date, region, 's3', 'aws4_request'].reduce<string | Buffer>(hmac, `AWS4${secretAccessKey}`)
  const signature = hmac(key, text).toString('hex')
  return {
    ...signed,
    authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`,
  }
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

/** Encodes as the signature demands: everything but letters, digits and `-._~`. */
function encodeSegment(segment: string): string {
  return encodeURIComponent(decodeURIComponent(segment)).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}
