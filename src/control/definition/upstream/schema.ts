import * as z from 'zod'
import { parseDuration } from '../../../json/duration.ts'
import { isTlsVersion, tlsVersionExpected } from '../../tls/tls-version.ts'

/** Longer timers fire at once. */
const LONGEST_TIMER = 2 ** 31 - 1

const flag = z.boolean().default(false)
const text = z.string().default('')

const orEmpty = <T extends z.ZodType>(values: T) => z.preprocess((value) => value ?? undefined, values)

const texts = orEmpty(z.array(z.string().min(1)).default([]))
const textByName = orEmpty(z.record(z.string(), z.string()).default({}))

const ejectionSchema = z.looseObject({
  /** How many requests have to fail one after the other. Default 5. */
  failures: z.int().min(1).max(10_000).default(5),
  /** How long the target gets nothing before one request is tried, in milliseconds. Default 10000. */
  cooldown_ms: z.int().min(1).max(LONGEST_TIMER).default(10_000),
})

const loadBalancingSchema = z.looseObject({
  /** Default `round_robin`. */
  algorithm: z.enum(['round_robin', 'weighted', 'least_connections']).default('round_robin'),
  /** By target, as `target_list` has it. Default 1 each. */
  weights: orEmpty(z.record(z.string(), z.int().min(0).max(1000)).default({})),
  /** Leaves out targets whose requests fail. */
  ejection: z.preprocess((value) => value ?? undefined, ejectionSchema.optional()),
})

const REASONS = ['connect', 'reset', 'timeout']
const isReason = (value: unknown) =>
  REASONS.includes(value as string) || (Number.isInteger(value) && Number(value) >= 400 && Number(value) <= 599)

const retriesSchema = z.looseObject({
  /** How often a request is sent again at most. Default 1. */
  attempts: z.int().min(0).max(10).default(1),
  /** What it is sent again for. */
  on: orEmpty(
    z
      .array(z.custom<string | number>(isReason, 'expected "connect", "reset", "timeout", or a status from 400 to 599'))
      .default(['connect', 'reset', 502, 503, 504]),
  ),
  /** The wait before the same target is asked again, in milliseconds; twice as long each time. Default 25. */
  backoff_ms: z.int().min(0).max(60_000).default(25),
})

const tlsVersionNumber = z.number().refine(isTlsVersion, tlsVersionExpected).default(0)

const transportSchema = z.looseObject({
  ssl_insecure_skip_verify: flag,
  ssl_force_common_name_check: flag,
  ssl_min_version: tlsVersionNumber,
  ssl_max_version: tlsVersionNumber,
  ssl_ciphers: texts,
  /** PEM file of the authorities that certificates have to be signed by. */
  ssl_ca_file: text,
  proxy_url: text,
})

const durationExpected = 'expected a time such as "2s", or nanoseconds from 1000000 on'
const isDuration = (value: unknown) =>
  typeof value === 'string'
    ? (parseDuration(value) ?? 0) >= 1
    : typeof value === 'number' && (value === 0 || (value >= 1e6 && value <= LONGEST_TIMER * 1e6))

const uptimeCheckSchema = z.looseObject({
  url: z.string().min(1),
  protocol: text,
  method: z.string().default('GET'),
  headers: textByName,
  /** In base64. */
  body: text,
  timeout: z.custom<string | number>(isDuration, durationExpected).default(0),
})

const uptimeTestsSchema = z.looseObject({
  disabled: flag,
  check_list: orEmpty(z.array(uptimeCheckSchema).default([])),
})

const serviceDiscoverySchema = z.looseObject({
  use_discovery_service: flag,
  /** What is asked for targets. */
  query_endpoint: text,
  /** Whether the data is at `parent_data_path`, as an object, a list, or JSON in a text. */
  use_nested_query: flag,
  parent_data_path: text,
  /** Where the host is, with dots between names. */
  data_path: text,
  /** Where the port is. */
  port_data_path: text,
  /** Goes behind host and port. */
  target_path: text,
  /** Whether every target of the answer is used; else the first. */
  use_target_list: flag,
  /** Whether an answer is good for a second alone. */
  cache_disabled: flag,
  /** How long an answer holds, in seconds; 0: what gateway.conf has. */
  cache_timeout: z
    .number()
    .min(0)
    .max(LONGEST_TIMER / 1000)
    .default(0),
})

/** Fields of `proxy` about where requests go, and how. */
export const proxyUpstreamFields = {
  enable_load_balancing: flag,
  target_list: texts,
  load_balancing: orEmpty(loadBalancingSchema.prefault({})),
  check_host_against_uptime_tests: flag,
  retries: z.preprocess((value) => value ?? undefined, retriesSchema.optional()),
  transport: orEmpty(transportSchema.prefault({})),
  service_discovery: orEmpty(serviceDiscoverySchema.prefault({})),
}

/** Fields of the definition itself about the same. */
export const upstreamFields = {
  uptime_tests: orEmpty(uptimeTestsSchema.prefault({})),
  /** PEM file with certificate and key by host. */
  upstream_certificates: textByName,
  upstream_certificates_disabled: flag,
  /** SHA-256 fingerprints of public keys by host, separated by commas. */
  pinned_public_keys: textByName,
  certificate_pinning_disabled: flag,
}

export type LoadBalancingFields = z.infer<typeof loadBalancingSchema>
export type RetriesFields = z.infer<typeof retriesSchema>
export type TransportFields = z.infer<typeof transportSchema>
export type ServiceDiscoveryFields = z.infer<typeof serviceDiscoverySchema>
export type UptimeTestsFields = z.infer<typeof uptimeTestsSchema>

/** The names of the fields, by the object they are in. */
export const upstreamFieldNames = {
  loadBalancing: Object.keys(loadBalancingSchema.shape),
  ejection: Object.keys(ejectionSchema.shape),
  retries: Object.keys(retriesSchema.shape),
  transport: Object.keys(transportSchema.shape),
  serviceDiscovery: Object.keys(serviceDiscoverySchema.shape),
  uptimeTests: Object.keys(uptimeTestsSchema.shape),
  uptimeCheck: Object.keys(uptimeCheckSchema.shape),
}
