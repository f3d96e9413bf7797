import { ctx, type Plugin } from 'postern/plugin'

export const Describe: Plugin = (c) => {
  const definition = ctx.getDefinition(c)
  return c.json({
    name: definition.name,
    colour: definition.config_data?.colour,
    extra: definition['x-team'],
    same: definition === c.var.definition,
    frozen: isDeepFrozen(definition),
  })
}

function isDeepFrozen(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true
  return Object.isFrozen(value) && Object.values(value).every(isDeepFrozen)
}
