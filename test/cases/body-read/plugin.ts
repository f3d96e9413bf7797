import type { Plugin } from 'postern/plugin'

export const ReadText: Plugin = async (c) => {
  c.header('X-Text', await c.req.text())
}

export const ReadJson: Plugin = async (c) => {
  const { name } = await c.req.json<{ name: string }>()
  const copy = await c.req.raw.clone().arrayBuffer()
  c.header('X-Json', `${name} in ${copy.byteLength} bytes`)
}
