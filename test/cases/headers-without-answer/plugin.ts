import type { Plugin } from 'postern/plugin'

export const SetHeaders: Plugin = (c) => {
  c.header('X-Set', 'from the plugin')
  c.header('X-Append', 'from the plugin', { append: true })
  c.header('Set-Cookie', 'plugin=1', { append: true })
}
