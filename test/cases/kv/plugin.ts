import { kv, type Plugin } from 'postern/plugin'

export const Count: Plugin = async (c) => {
  const hits = await kv.increment('hits')
  await kv.set('last', { path: c.req.path, hits })
  c.header('X-Hits', String(hits))
}

export const Read: Plugin = async (c) => {
  const last = await kv.get('last')
  await kv.delete('last')
  return c.json({ last, after: (await kv.get('last')) ?? null, by: await kv.increment('other', 5, { ttl: 60 }) })
}
