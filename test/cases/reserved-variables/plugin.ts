import type { Plugin } from 'postern/plugin'

export const Read: Plugin<{ greeting: string }> = (c) => {
  const { config, definition, requestId, session } = c.var
  const refused = ['config', 'log', 'definition', 'session', 'requestId'].filter((name) => !mayBeSet(() => c.set(name, 'mine')))
  c.set('handed-on', 'by Read')
  c.header('X-Read', [config.greeting, definition.name, session, /^[0-9a-f-]{36}$/.test(requestId)].join(', '))
  c.header('X-Refused', refused.join(', '))
  c.header('X-Get', String(c.get('config') === config))
}

export const ReadOn: Plugin = (c) => {
  c.header('X-Handed-On', c.get('handed-on'))
}

function mayBeSet(set: () => void): boolean {
  try {
    set()
    return true
  } catch {
    return false
  }
}
