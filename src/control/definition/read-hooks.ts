import { describeIssue, show } from '../../json/describe-issue.ts'
import { type JsonObject, valueAt } from '../../json/json-path.ts'
import type { ArtifactFolders } from './artifact-file.ts'
import type { Definition, ListHook, PluginUse } from './definition.ts'
import { Findings } from './findings.ts'
import { type EnabledHookEntry, enabledEntries, type Located, useInHook } from './plugin-uses.ts'
import { type DefinitionFields, type Middleware, middlewareSchema } from './schema.ts'

const DRIVERS = ['jsplugin', 'goplugin']

type Hooks = Pick<Definition, 'hooks' | 'authCheck'>
type Entries = Readonly<Record<ListHook, readonly Located<EnabledHookEntry>[]>>

/** Reads `custom_middleware` and the flags that go with it. */
export async function readHooks(fields: DefinitionFields, folders: ArtifactFolders, findings: Findings): Promise<Hooks> {
  const { custom_middleware: middleware, use_keyless: keyless } = fields
  const entries = entriesOf(middleware)
  const authEntry = authEntryOf(middleware)
  checkDriver(middleware, authEntry !== null || hasEntries(entries) || hasTrafficLogs(middleware), findings)
  checkAuthentication(fields, authEntry !== null, findings)
  if (keyless && entries.postKeyAuth.length > 0) {
    findings.addWarning(['custom_middleware', 'post_key_auth'], 'not run, because "use_keyless" is true')
  }

  const read = (list: readonly Located<EnabledHookEntry>[]) => readUses(list, folders, findings)
  const authCheck = authEntry && (await useInHook(authEntry, folders, findings))
  const hooks = {
    pre: await read(entries.pre),
    postKeyAuth: await read(entries.postKeyAuth),
    post: await read(entries.post),
    response: await read(entries.response),
  }
  return { hooks: keyless ? { ...hooks, postKeyAuth: [] } : hooks, authCheck: keyless ? null : authCheck }
}

function entriesOf(middleware: Middleware): Entries {
  const entries = (hook: 'pre' | 'post_key_auth' | 'post_auth_check' | 'post' | 'response') =>
    enabledEntries(middleware[hook], ['custom_middleware', hook])
  return {
    pre: entries('pre'),
    postKeyAuth: [...entries('post_key_auth'), ...entries('post_auth_check')],
    post: entries('post'),
    response: entries('response'),
  }
}

function authEntryOf({ auth_check: entry }: Middleware): Located<EnabledHookEntry> | null {
  if (entry === undefined || entry.disabled === true) return null
  return { entry: entry as EnabledHookEntry, path: ['custom_middleware', 'auth_check'] }
}

async function readUses(
  list: readonly Located<EnabledHookEntry>[],
  folders: ArtifactFolders,
  findings: Findings,
): Promise<readonly PluginUse[]> {
  const uses = await Promise.all(list.map((located) => useInHook(located, folders, findings)))
  return uses.filter((use) => use !== null)
}

/** Says everything that is wrong with the `custom_middleware` of a bundle, whatever definition it will be for. */
export function middlewareProblems(json: JsonObject): readonly string[] {
  const findings = new Findings()
  const { data, error } = middlewareSchema.safeParse(json)
  for (const issue of error?.issues ?? []) {
    findings.addProblem(['custom_middleware', ...issue.path], describeIssue(issue, show(valueAt(json, issue.path))))
  }
  if (data) checkDriver(data, authEntryOf(data) !== null || hasEntries(entriesOf(data)) || hasTrafficLogs(data), findings)
  return findings.problems
}

function hasEntries(entries: Entries): boolean {
  return Object.values(entries).some((list) => list.length > 0)
}

function hasTrafficLogs({ traffic_logs: entries }: Middleware): boolean {
  return entries.some(({ disabled }) => disabled !== true)
}

function checkDriver({ driver }: Middleware, needed: boolean, findings: Findings): void {
  if (!needed || DRIVERS.includes(driver)) return
  const found = driver === '' ? 'nothing' : `"${driver}", whose plugins Postern does not run`
  findings.addProblem(['custom_middleware', 'driver'], `expected "jsplugin" (or its alias "goplugin"), found ${found}`)
}

/** Whether a flag has the `auth_check` plugin run. */
export function enablesAuthCheck(fields: DefinitionFields): boolean {
  return fields.custom_plugin_auth_enabled || fields.use_go_plugin_auth
}

function checkAuthentication(fields: DefinitionFields, hasPlugin: boolean, findings: Findings): void {
  const enabled = enablesAuthCheck(fields)
  const path = ['custom_middleware', 'auth_check']
  if (hasPlugin && !enabled) {
    findings.addProblem(path, 'no flag enables it; set "custom_plugin_auth_enabled" to true, or remove it')
  } else if (hasPlugin && fields.use_keyless) {
    findings.addWarning(path, 'not run, because "use_keyless" is true')
  }
  if (hasPlugin && fields.custom_middleware.auth_check?.on_error === 'skip') {
    findings.addProblem([...path, 'on_error'], 'expected "fail", found "skip", which would let everyone in when the plugin fails')
  }
  if (enabled && !fields.use_keyless && !hasPlugin) {
    const flag = fields.custom_plugin_auth_enabled ? 'custom_plugin_auth_enabled' : 'use_go_plugin_auth'
    findings.addWarning(
      [flag],
      'of no effect, because custom_middleware.auth_check names no plugin; the other kinds of authentication count, or else keys are asked for',
    )
  }
}
