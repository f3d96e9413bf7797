import type { Plugin } from 'postern/plugin'

const loadedAt = performance.now()
let hits = 0

export const Count: Plugin = (c) => {
  hits += 1
  c.header('X-Hits', String(hits))
  c.header('X-Loaded-At', String(loadedAt))
}

export const ReadCount: Plugin = (c) => c.json({ hits, loadedAt: loadedAt > 0 })
