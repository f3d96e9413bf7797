import { definePlugin } from 'postern/plugin'
import { z } from 'zod'

export const Greet = definePlugin({
  config: z.object({ greeting: z.string(), times: z.number().default(2) }),
  handler: (c) => {
    const { greeting, times } = c.var.config
    c.header('X-Greeting', Array(times).fill(greeting).join(' '))
  },
})
