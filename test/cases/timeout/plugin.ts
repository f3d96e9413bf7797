import { setTimeout as delay } from 'node:timers/promises'
import type { Plugin } from 'postern/plugin'

export const Overrun: Plugin = async (c) => {
  await delay(150)
  c.req.raw.headers.set('X-Late', 'a change after the timeout')
  return c.text('an answer after the timeout')
}

export const Slow: Plugin = async () => {
  await delay(250)
}

export const WaitForNext: Plugin = async (c, next) => {
  await next()
  c.res.headers.set('X-Waited', '1')
}
