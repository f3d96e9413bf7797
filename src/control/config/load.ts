import { readFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type * as z from 'zod'
import { failure, isFailure, textOf } from '../../errors.ts'
import { describeIssue, show } from '../../json/describe-issue.ts'
import { formatPath, isJsonObject, type JsonObject, type JsonPath, valueAt } from '../../json/json-path.ts'
import { parseJson } from '../../json/parse-json.ts'
import { type EnvironmentValue, readEnvironment } from './environment.ts'
import { type ForeignFindings, inspectForeign } from './inspect-foreign.ts'
import { keyProblems } from './key-problems.ts'
import { configKeys } from './keys.ts'
import { tlsProblems } from './listener-settings.ts'
import { type Config, configSchema } from './schema.ts'
import { readSigningPolicy } from './signing-policy.ts'
import { inspectTykVariables } from './tyk-variables.ts'
import { unknownKey } from './unknown-key.ts'
import { readUpstreamTls } from './upstream-tls.ts'

export interface LoadConfigOptions {
  /** The configuration file; without it `POSTERN_CONF`, else `gateway.conf` in the working directory. */
  readonly file?: string | undefined
  readonly env: NodeJS.ProcessEnv
}

/**
 * Reads gateway.conf and the environment, which wins. `secret` stays '' where nothing gives one: see `openSecret`.
 *
 * @throws `config_unreadable`, or `config_invalid` with every problem there is, one a line
 */
export async function loadConfig({ file: named, env }: LoadConfigOptions): Promise<Config> {
  const file = resolve(named || env.POSTERN_CONF || 'gateway.conf')
  const problems: string[] = []
  const ofFile = parsed(await contentOf(file), file, problems)
  const environment = await readEnvironment(env)
  problems.push(...environment.problems)
  const findings: ForeignFindings = { problems, warnings: [] }
  inspectTykVariables(env, findings)

  const merged = isJsonObject(ofFile) ? withValues(ofFile, environment.values) : ofFile
  const config = await check(merged, file, environment.values, findings)
  return { ...config, sources: sourcesOf(ofFile, environment.values, file) }
}

/** By key, dotted: the variable or the file that its value is from. */
function sourcesOf(ofFile: unknown, values: readonly EnvironmentValue[], file: string): Record<string, string> {
  const inFile = configKeys.filter(({ path }) => valueAt(ofFile, path) !== undefined)
  return Object.fromEntries([
    ...inFile.map(({ path }) => [path.join('.'), file]),
    ...values.map(({ key, variable }) => [key.path.join('.'), variable]),
  ])
}

/**
 * A configuration that is at hand instead of in a file; the environment is left out.
 *
 * @param file stands for the file: in messages, and for what paths are relative to
 * @throws `config_invalid`
 */
export async function configOf(settings: JsonObject, file: string): Promise<Config> {
  return await check(settings, file, [], { problems: [], warnings: [] })
}

async function check(
  written: unknown,
  file: string,
  values: readonly EnvironmentValue[],
  findings: ForeignFindings,
): Promise<Config> {
  const settings = withoutSchemaName(written)
  const { problems, warnings } = findings
  const checked = parseWithoutForeign(settings, findings)
  if (checked.error) problems.push(...checked.error.issues.flatMap((issue) => describe(issue, settings, values)))
  if (checked.data) warnings.push(...storageWarnings(settings, checked.data))
  if (checked.data) problems.push(...tlsProblems(checked.data))
  if (checked.data) problems.push(...keyProblems(checked.data))
  const signing = checked.data && (await readSigningPolicy(checked.data, dirname(file), problems))
  const upstreamTls = checked.data && (await readUpstreamTls(checked.data, dirname(file), problems))
  if (!checked.data || !signing || !upstreamTls || problems.length > 0) throw failure('config_invalid', { file, problems })
  return { ...withAbsolutePaths(checked.data, file), signing, upstreamTls, warnings, sources: {} }
}

/** To compile a schema that is used once or twice takes longer than to interpret it. */
const ONCE = { jitless: true }

/** Keys of Tyk's that Postern does not have are judged and left out. */
function parseWithoutForeign(settings: unknown, findings: ForeignFindings): ReturnType<typeof configSchema.safeParse> {
  const checked = configSchema.safeParse(settings, ONCE)
  const unknown = (checked.error?.issues ?? []).flatMap((issue) => {
    return issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...issue.path.map(String), key]) : []
  })
  const foreign = unknown.filter((path) => inspectForeign(path.join('.'), valueAt(settings, path), findings))
  if (foreign.length === 0) return checked
  return configSchema.safeParse(foreign.reduce(withoutKey, settings as JsonObject), ONCE)
}

function withoutKey(object: JsonObject, [name = '', ...rest]: readonly string[]): JsonObject {
  const { [name]: value, ...others } = object
  return rest.length === 0 || !isJsonObject(value) ? others : { ...object, [name]: withoutKey(value, rest) }
}

/** Tyk takes it for Redis where nothing is said. */
function storageWarnings(settings: unknown, { storage }: z.infer<typeof configSchema>): string[] {
  const given = isJsonObject(settings) && isJsonObject(settings.storage) ? settings.storage : {}
  if (given.type !== undefined || (given.host === undefined && given.addrs === undefined)) return []
  return [
    `storage: what is said of Redis has no effect, because "type" is not said, and "${storage.type}" by default; add "type": "redis"`,
  ]
}

/** Editors are told by `$schema` what else there may be. */
function withoutSchemaName(settings: unknown): unknown {
  if (!isJsonObject(settings)) return settings
  const { $schema: _, ...others } = settings
  return others
}

async function contentOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT'
    throw failure('config_unreadable', { file, reason: missing ? 'there is no such file' : textOf(error) }, error)
  }
}

/** A syntax error is a problem like any other: the environment is still checked. */
function parsed(text: string, file: string, problems: string[]): unknown {
  try {
    const secretKeys = configKeys.filter(({ secret }) => secret).map(({ path }) => String(path.at(-1)))
    return parseJson(text, file, secretKeys)
  } catch (error) {
    if (!isFailure(error, 'json_invalid')) throw error
    problems.push(error.message)
    return {}
  }
}

function withValues(settings: JsonObject, values: readonly EnvironmentValue[]): JsonObject {
  return values.reduce((merged, { key, value }) => withValue(merged, key.path, value), settings)
}

function withValue(object: JsonObject, [name, ...rest]: readonly string[], value: unknown): JsonObject {
  if (name === undefined) return object
  if (rest.length === 0) return { ...object, [name]: value }
  const inner = object[name] ?? {}
  return isJsonObject(inner) ? { ...object, [name]: withValue(inner, rest, value) } : object
}

function describe(issue: z.core.$ZodIssue, settings: unknown, values: readonly EnvironmentValue[]): string[] {
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey([...issue.path, key]))
  const source = values.find(({ key }) => isWithin(issue.path, key.path))?.variable ?? formatPath(issue.path)
  const secret = configKeys.some((key) => key.secret && isWithin(issue.path, key.path))
  const text = describeIssue(issue, secret ? 'a hidden value' : show(valueAt(settings, issue.path)))
  return [source === '' ? text : `${source}: ${text}`]
}

function isWithin(path: JsonPath, outer: JsonPath): boolean {
  return outer.every((key, i) => path[i] === key)
}

function withAbsolutePaths(
  settings: z.infer<typeof configSchema>,
  file: string,
): Omit<Config, 'signing' | 'upstreamTls' | 'warnings' | 'sources'> {
  const folder = dirname(file)
  return {
    ...settings,
    app_path: resolve(folder, settings.app_path),
    data_path: resolve(folder, settings.data_path),
    storage: withAbsoluteFiles(settings.storage, folder),
    policies: {
      ...settings.policies,
      policy_path: settings.policies.policy_path && resolve(folder, settings.policies.policy_path),
      policy_record_name: settings.policies.policy_record_name && resolve(folder, settings.policies.policy_record_name),
    },
    analytics_config: {
      ...settings.analytics_config,
      file: resolve(folder, settings.analytics_config.file || join(settings.data_path, 'analytics.jsonl')),
    },
    secrets_path: resolve(folder, settings.secrets_path),
    public_key_path: settings.public_key_path && resolve(folder, settings.public_key_path),
    plugin_paths: settings.plugin_paths.map((path) => resolve(folder, path)),
    plugin_public_keys: settings.plugin_public_keys.map((path) => resolve(folder, path)),
    http_server_options: {
      ...settings.http_server_options,
      certificates: settings.http_server_options.certificates.map(({ domain_name, cert_file, key_file }) => ({
        domain_name,
        cert_file: resolve(folder, cert_file),
        key_file: resolve(folder, key_file),
      })),
      ssl_certificates: settings.http_server_options.ssl_certificates.map((path) => resolve(folder, path)),
    },
    file,
    folder,
  }
}

function withAbsoluteFiles<T extends { ca_file: string; cert_file: string; key_file: string }>(storage: T, folder: string): T {
  const absolute = (file: string) => file && resolve(folder, file)
  const { ca_file, cert_file, key_file } = storage
  return { ...storage, ca_file: absolute(ca_file), cert_file: absolute(cert_file), key_file: absolute(key_file) }
}
