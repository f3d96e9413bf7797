import { compiledText } from '../harness/compiled-plugin.ts'
import { startGateway, type TestGateway } from '../harness/gateway.ts'
import { type RawUpstream, type Script, startUpstream } from '../harness/raw-upstream.ts'
import type { Echo, KindRow } from './kind-row.ts'

/** One gateway with an API for each kind of step, and one upstream. */
export interface StepsStage extends AsyncDisposable {
  readonly gateway: TestGateway
  /** Puts all definitions in place anew; the plugins tell the round. */
  redefine(round: number): Promise<void>
}

const plugin = `
  import { ctx, type Plugin } from 'postern/plugin'

  export const Session: Plugin = (c) => c.header('X-Plugin', String(ctx.getSession(c)?.alias))

  export const Post: Plugin = (c) => {
    c.req.raw.headers.set('X-Post', ctx.getSession(c)?.alias ?? 'nobody')
    c.header('X-Round', String(ctx.getDefinition(c).config_data?.round))
  }
`
const use = (name: string) => ({ name, path: 'plugin.js' })

export async function openSteps(kinds: Readonly<Record<string, KindRow>>): Promise<StepsStage> {
  await using resources = new AsyncDisposableStack()
  const upstream = resources.use(await startUpstream(answer))
  const rows = Object.entries(kinds)
  const gateway = resources.use(
    await startGateway({
      definitions: Object.fromEntries(rows.map(([key, row]) => [`${key}.json`, definitionOf(key, row, upstream, 0)])),
      artifacts: { 'plugin.js': await compiledText(plugin) },
      files: {
        'policies.json': JSON.stringify({
          users: { org_id: 'default', access_rights: { jwt: { api_id: 'jwt', versions: [] } } },
        }),
      },
      keys: Object.assign({ 'key-one': { org_id: 'default', alias: 'one' } }, ...rows.map(([, { keys }]) => keys)),
      config: {
        access_logs: { enabled: true },
        max_plugin_body: 100,
        policies: { policy_record_name: 'policies.json' },
        http_server_options: { trusted_proxies: ['127.0.0.1'] },
      },
    }),
  )
  const opened = resources.move()
  return {
    gateway,
    async redefine(round) {
      for (const [key, row] of rows) await gateway.folder.writeDefinition(`${key}.json`, definitionOf(key, row, upstream, round))
      await gateway.reload()
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

/** The definition of a kind: a key is asked for, and a plugin sees the session, another one the request that goes out. */
function definitionOf(key: string, row: KindRow, { url }: RawUpstream, round: number): object {
  const { extendedPaths, version = {} } = row
  const paths = extendedPaths ? { use_extended_paths: true, extended_paths: extendedPaths } : {}
  return {
    name: key,
    api_id: key,
    org_id: 'default',
    use_standard_auth: true,
    auth_configs: { authToken: { auth_header_name: 'X-Key' } },
    config_data: { round },
    version_data: row.versionData ?? { not_versioned: true, versions: { Default: { name: 'Default', ...version, ...paths } } },
    custom_middleware: { driver: 'jsplugin', post_key_auth: [use('Session')], post: [use('Post')] },
    proxy: { listen_path: `/${key}/`, target_url: url, strip_listen_path: true },
    ...row.fields,
  }
}

/** Tells what it has got, but for paths that break or keep silent. */
const answer: Script = async ({ request, receive, answer, closed }) => {
  const body = await receive()
  if (request.target === '/broken') return answer(500, [], 'broken')
  if (request.target === '/silent') return closed
  const headers = Object.fromEntries(
    request.head.lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)]),
  )
  const echo: Echo = { method: request.method, target: request.target, body: String(body), headers }
  return answer(200, ['ETag: "echo"'], JSON.stringify(echo))
}
