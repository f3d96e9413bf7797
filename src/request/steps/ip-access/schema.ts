import * as z from 'zod'
import { isNetwork } from '../../address/networks.ts'

const networks = z
  .array(
    z.string().refine(isNetwork, {
      error: (issue) => `expected an IP address or a network like "10.0.0.0/8", found ${JSON.stringify(issue.input)}`,
    }),
  )
  .nullish()
  .transform((list) => list ?? [])

export const definitionFields = {
  /** Addresses and networks that are let in; once there is one, nobody else is. Default empty. */
  allowed_ips: networks,
  /** Addresses and networks that are kept out. Default empty. */
  blacklisted_ips: networks,
  /** Whether both lists are left alone. Default false. */
  ip_access_control_disabled: z.boolean().default(false),
  /** Not consulted: a list that is not empty counts. */
  enable_ip_whitelisting: z.boolean().optional(),
  /** Not consulted, likewise. */
  enable_ip_blacklisting: z.boolean().optional(),
}
