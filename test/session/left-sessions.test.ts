import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatRequest } from '../harness/http-message.ts'
import { exchange } from '../harness/raw-client.ts'
import { openStage, type Stage } from '../harness/stage.ts'
import { until } from '../harness/until.ts'

const plugin = `
  import { ctx, type Plugin } from 'postern/plugin'

  /** Makes keys before anybody knows who calls. */
  export const Before: Plugin = (c) => {
    const first = c.req.header('X-First')
    if (first) ctx.setSession(c, { org_id: 'default', alias: 'first' }, first, true)
    const second = c.req.header('X-Second')
    if (second) ctx.setSession(c, { org_id: 'default', alias: 'second' }, second, true)
    const passing = c.req.header('X-Passing')
    if (passing) ctx.setSession(c, { org_id: 'default', alias: 'passing' }, passing, false)
  }

  export const Bootstrap: Plugin = (c) => ctx.setSession(c, { org_id: 'default' }, c.req.header('X-Bootstrap') ?? 'none', true)
  export const Report: Plugin = (c) => c.header('X-Session', String(ctx.getSession(c)?.alias))
`

const use = (name: string) => ({ name, path: 'plugin.js' })

function openKeys(): Promise<Stage> {
  return openStage({
    plugin,
    definition: {
      use_keyless: false,
      use_standard_auth: true,
      custom_plugin_auth_enabled: true,
      base_identity_provided_by: 'auth_token',
      custom_middleware: {
        driver: 'jsplugin',
        pre: [use('Before')],
        auth_check: use('Bootstrap'),
        post_key_auth: [use('Report')],
      },
    },
  })
}

async function ask({ port }: Stage, ...lines: string[]): Promise<{ status: number; session: string }> {
  const { status, head } = await exchange(port, formatRequest('GET /api/', lines))
  return { status, session: head.lines.find((line) => line.startsWith('X-Session: '))?.slice(11) ?? '' }
}

test('what plugins want stored is stored, whoever calls in the end', async () => {
  await using stage = await openKeys()
  // auth_check stores the key at once, and the token is looked up behind it.
  const { status } = await ask(
    stage,
    'Authorization: key-one',
    'X-Bootstrap: key-one',
    'X-First: key-first',
    'X-Second: key-second',
    'X-Passing: key-passing',
  )
  assert.equal(status, 200)
  for (const name of ['first', 'second']) {
    await until(`the ${name} key`, async () => (await ask(stage, `Authorization: key-${name}`)).status === 200)
    assert.equal((await ask(stage, `Authorization: key-${name}`)).session, name)
  }
  assert.equal((await ask(stage, 'Authorization: key-passing')).status, 403)
})
