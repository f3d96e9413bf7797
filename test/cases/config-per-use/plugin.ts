import type { Plugin } from 'postern/plugin'

export const Greet: Plugin<{ greeting: string }> = async (c, next) => {
  c.req.raw.headers.append('X-Greeting', c.var.config.greeting)
  await next()
  c.res.headers.append('X-Greeting', c.var.config.greeting)
}

export const ReportConfig: Plugin = (c) => {
  c.header('X-None', JSON.stringify(c.var.config ?? null))
}
