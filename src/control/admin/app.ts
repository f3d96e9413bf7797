import { Hono } from 'hono'
import { failure, isFailure, textOf } from '../../errors.ts'
import type { Version } from '../../version.ts'
import type { ReportedPlugin } from '../plugin-report.ts'
import type { ReloadReport } from '../reload.ts'
import { requireSecret } from './require-secret.ts'

/** How the gateway is doing. */
export interface AdminStatus {
  /** Why no traffic should be sent here; `null` if it should. */
  readonly notReady: string | null
  /** Parts of the gateway by name, for instance the store. */
  readonly details?: Readonly<Record<string, ComponentStatus>>
}

export interface ComponentStatus {
  readonly status: 'pass' | 'warn' | 'fail'
  readonly output?: string
  /** For instance `datastore`. */
  readonly componentType?: string
  /** When it was looked at, ISO 8601. */
  readonly time: string
}

export interface AdminOptions {
  /** What `X-Tyk-Authorization` has to be; '' lets nobody in. */
  readonly secret: string
  readonly version: Pick<Version, 'version'>
  /** Reloads, or waits for the reload that does the same; rejects if the old state goes on serving. */
  reload(): Promise<ReloadReport>
  /** Asks every gateway of the fleet to reload; rejects if they cannot be reached. */
  reloadGroup(): Promise<void>
  status(): AdminStatus
  /** Every artifact that is loaded, or should be. */
  plugins(): readonly ReportedPlugin[]
  /** Closes the breaker of one use, or of every use of an artifact, by id; false if there is none of that id. */
  enablePlugin(id: string): Promise<boolean>
}

const DESCRIPTION = 'Postern'

/** The gateway's own endpoints: `/hello`, `/ready`, and the admin API under `/tyk/`. */
export function adminApp(options: AdminOptions): Hono {
  const app = new Hono({ strict: false })
  addHealth(app, options)
  app.use('/tyk/*', requireSecret(options.secret))
  app.get('/tyk/reload', async (c) => {
    try {
      return c.json(reloadAnswer(await options.reload()))
    } catch (error) {
      return c.json(errorAnswer(textOf(error)), 500)
    }
  })
  app.get('/tyk/reload/group', async (c) => {
    try {
      await options.reloadGroup()
      return c.json({ status: 'ok', message: '' })
    } catch (error) {
      return c.json(errorAnswer(isFailure(error) ? error.client : textOf(error)), 500)
    }
  })
  app.get('/tyk/plugins', (c) => c.json({ plugins: options.plugins() }))
  app.post('/tyk/plugins/:id/enable', async (c) => {
    if (await options.enablePlugin(c.req.param('id'))) return c.json({ status: 'ok', message: '' })
    const { client, status } = failure('plugin_id_unknown', undefined)
    return c.json(errorAnswer(client), status as 404)
  })
  refuseOtherMethods(app, ['/hello', '/ready', '/tyk/reload', '/tyk/reload/group', '/tyk/plugins', '/tyk/plugins/:id/enable'])
  app.all('/tyk/*', (c) => c.json(errorAnswer(failure('not_found', undefined).client), 404))
  app.notFound((c) => c.text(failure('not_found', undefined).client, 404))
  return app
}

function addHealth(app: Hono, { version: { version }, status }: AdminOptions): void {
  app.get('/hello', (c) => {
    const { details = {} } = status()
    return c.json({ status: overall(Object.values(details)), version, description: DESCRIPTION, details })
  })
  app.get('/ready', (c) => {
    const { notReady, details = {} } = status()
    if (notReady !== null) return c.json(errorAnswer(notReady), 503)
    const components = Object.values(details)
    const output = components.flatMap((component) => component.output ?? []).join(', ')
    const description = `${DESCRIPTION} is ready`
    return c.json({ status: overall(components), version, description, ...(output !== '' && { output }) })
  })
}

/** `fail` only if everything fails, as monitoring of the classic gateway expects. */
function overall(components: readonly ComponentStatus[]): ComponentStatus['status'] {
  if (components.every(({ status }) => status === 'pass')) return 'pass'
  return components.every(({ status }) => status === 'fail') ? 'fail' : 'warn'
}

function refuseOtherMethods(app: Hono, paths: readonly string[]): void {
  const { client, status } = failure('admin_method_unsupported', undefined)
  for (const path of paths) app.all(path, (c) => c.json(errorAnswer(client), status as 405))
}

function reloadAnswer({ failed, quarantined }: ReloadReport): object {
  const notLoaded = failed.map(({ file, kept }) => (kept ? `${file} (the version before it serves on)` : file))
  const plugins = quarantined.map(({ file, field }) => `${field} of ${file}`)
  const sentences = [
    ...(notLoaded.length > 0 ? [`Not loaded: ${notLoaded.join(', ')}`] : []),
    ...(plugins.length > 0 ? [`Plugins not loaded, whose requests get 500: ${plugins.join(', ')}`] : []),
  ]
  return {
    status: 'ok',
    message: sentences.join('; '),
    ...(failed.length > 0 && { failed: failed.map(({ file, error, kept }) => ({ file, error: textOf(error), kept })) }),
    ...(quarantined.length > 0 && { quarantined }),
  }
}

function errorAnswer(message: string): { status: 'error'; message: string } {
  return { status: 'error', message }
}
