/** The plugins that the tests of the kit run, imported as a module. */
import { ctx, definePlugin, headers, kv, log, type Plugin } from 'postern/plugin'

const logger = log.get()

export const AddFooBarHeader: Plugin = (c) => {
  c.req.raw.headers.append('Foo', 'Bar')
}

export const Wrap: Plugin = async (c, next) => {
  await next()
  c.res.headers.set('X-Wrapped', 'yes')
}

export const Teapot: Plugin = (c) => c.text('I am a teapot', 418)

export const Throw: Plugin = () => {
  throw new Error('on purpose')
}

let failures = 0

export const ThrowAtFirst: Plugin = () => {
  failures += 1
  if (failures <= 2) throw new Error('on purpose')
}

export const Tag: Plugin = (c) => {
  c.res.headers.set('X-Tag', 'response')
}

export const Count: Plugin = async (c) => {
  const calls = await kv.increment('calls', 1, { ttl: 60 })
  logger.info(`call ${calls} at ${new Date().toISOString()}`)
  c.header('X-Calls', String(calls))
}

export const Slow: Plugin = async () => {
  await new Promise(() => {})
}

export const Remember: Plugin = (c) => {
  ctx.setSession(c, { alias: 'Ada' }, c.req.header(headers.Authorization) ?? '', true)
}

export const Alias: Plugin = (c) => c.text(c.var.session?.alias ?? 'nobody')

export const Configured = definePlugin({ handler: (c) => c.json({ config: c.var.config, data: c.var.definition.config_data }) })

/** Saves a session in whatever hook it stands. */
export const SaveSession: Plugin = (c) => {
  ctx.setSession(c, { alias: 'Remembered' }, c.req.path.slice(1), true)
}
