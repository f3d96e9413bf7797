import type { Plugin } from 'postern/plugin'

export const Answer: Plugin = (c) => {
  const wish = c.req.path.slice('/api/'.length)
  if (wish === 'answer') return c.text('answered', 403)
  if (wish === 'throw') throw new Error('thrown')
}

export const Slow: Plugin = async (c) => {
  const wish = c.req.path.slice('/api/'.length)
  if (wish === 'skip') throw new Error('thrown')
  if (wish === 'slow') await new Promise(() => {})
}
