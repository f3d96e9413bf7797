import type * as z from 'zod'
import { Networks } from '../../request/address/networks.ts'
import type { ListenerOptions } from '../../request/listener/listener.ts'
import { opensslCipher } from '../tls/cipher-names.ts'
import type { CertificateFiles } from '../tls/server-certificates.ts'
import { tlsVersion } from '../tls/tls-version.ts'
import type { Config, configSchema } from './schema.ts'

/** TLS's own number of its version 1.2. */
const TLS_1_2 = 771

type HttpServerOptions = Config['http_server_options']

/** What of the configuration a listener goes by. */
export function listenerSettings({
  http_server_options: options,
  request_id: ids,
  enable_server_timing: serverTiming,
}: Config): Pick<ListenerOptions, 'limits' | 'timeouts' | 'proxies' | 'requestIds' | 'http2' | 'tls' | 'serverTiming'> {
  return {
    limits: {
      headerSize: options.max_header_size,
      headerCount: options.max_header_count,
      requestBody: options.max_request_body_size,
      responseBody: options.max_response_body_size,
      connections: options.max_connections,
    },
    timeouts: { read: options.read_timeout * 1000, write: options.write_timeout * 1000 },
    proxies: { networks: new Networks(options.trusted_proxies), depth: options.xff_depth },
    requestIds: { header: ids.header, accept: ids.accept, toUpstream: ids.to_upstream, toClient: ids.to_client },
    serverTiming,
    http2: options.enable_http2,
    tls: options.use_ssl ? tlsSettings(options) : null,
  }
}

function tlsSettings({ min_version, max_version, ssl_ciphers }: HttpServerOptions): ListenerOptions['tls'] {
  return {
    minVersion: tlsVersion(min_version) ?? 'TLSv1.2',
    maxVersion: tlsVersion(max_version),
    ciphers: ssl_ciphers.flatMap((name) => opensslCipher(name) ?? []),
  }
}

/** The certificates of the configuration, in order. */
export function certificateFiles({ http_server_options: options }: Pick<Config, 'http_server_options'>): CertificateFiles[] {
  return [
    ...options.certificates.map(({ domain_name, cert_file, key_file }) => {
      return { domain: domain_name, certFile: cert_file, keyFile: key_file }
    }),
    ...options.ssl_certificates.map((file) => ({ domain: '', certFile: file, keyFile: file })),
  ]
}

/** What is wrong among the keys of TLS, where each for itself is right. */
export function tlsProblems(settings: z.infer<typeof configSchema>): string[] {
  const { use_ssl, min_version: min, max_version: max } = settings.http_server_options
  const problems: string[] = []
  if (use_ssl && certificateFiles(settings).length === 0) {
    problems.push('http_server_options.use_ssl: expected a certificate in "certificates" or "ssl_certificates", found none')
  }
  if (max > 0 && (min || TLS_1_2) > max) {
    problems.push(`http_server_options.max_version: expected at least "min_version" (${min || TLS_1_2}), found ${max}`)
  }
  return problems
}

/** Where a gateway can be reached from this machine. */
export function urlOf({ listen_address: address, http_server_options: { use_ssl } }: Config, port: number): string {
  return `${use_ssl ? 'https' : 'http'}://${hostForUrl(address)}:${port}`
}

function hostForUrl(address: string): string {
  if (address === '' || address === '0.0.0.0' || address === '::') return 'localhost'
  return address.includes(':') ? `[${address}]` : address
}
