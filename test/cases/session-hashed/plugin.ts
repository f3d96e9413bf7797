import { ctx, type Plugin } from 'postern/plugin'

/** Takes anything, and makes a key of it. */
export const Invent: Plugin = (c) => ctx.setSession(c, { alias: 'invented' }, c.req.header('Authorization'), true)
