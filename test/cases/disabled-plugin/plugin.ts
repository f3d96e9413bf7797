import type { Plugin } from 'postern/plugin'

export const Mark: Plugin<{ mark: string }> = (c) => {
  c.req.raw.headers.append('Trail', c.var.config.mark)
}
