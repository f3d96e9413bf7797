import { log, type Plugin } from 'postern/plugin'

/** Lines of this logger carry the plugin's name and version. */
const logger = log.get()

logger.info('loaded: module level code runs once, when the gateway loads the plugin')

/** Adds the header `Foo: Bar`, and writes to the gateway's log on the way. */
export const AddFooBarHeader: Plugin = (c) => {
  logger.info('Processing HTTP request in a TypeScript plugin!!')
  // The same log; these lines also carry the API and the request's id, and any fields you give.
  c.var.log.warn({ path: c.req.path }, 'about to add a header')
  // The console of a plugin is the gateway's log too.
  console.log('added', { Foo: 'Bar' })

  c.req.raw.headers.append('Foo', 'Bar')
}
