import { BlockList } from 'node:net'
import { normalAddress } from './ip-address.ts'

interface Network {
  readonly address: string
  readonly family: 'ipv4' | 'ipv6'
  readonly prefix: number
}

/** A set of networks and single addresses. */
export class Networks {
  /** One for each family: a list of Node's takes IPv4 addresses to be in `::/0`. */
  readonly #lists = { ipv4: new BlockList(), ipv6: new BlockList() }
  readonly isEmpty: boolean

  /** @param texts each an address, or a network as CIDR writes it (`10.0.0.0/8`); what {@link isNetwork} refuses is left out */
  constructor(texts: readonly string[]) {
    this.isEmpty = texts.length === 0
    for (const text of texts) {
      const network = parse(text)
      if (network) this.#lists[network.family].addSubnet(network.address, network.prefix, network.family)
    }
  }

  /** @param address in its normal form */
  contains(address: string): boolean {
    if (this.isEmpty) return false
    const family = familyOf(address)
    return this.#lists[family].check(address, family)
  }
}

/** Whether a text is an address or a network. */
export function isNetwork(text: string): boolean {
  return parse(text) !== undefined
}

function parse(text: string): Network | undefined {
  const [, written = '', length] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? []
  const address = normalAddress(written)
  if (address === undefined) return undefined
  const family = familyOf(address)
  const bits = family === 'ipv4' ? 32 : 128
  // A mapped address counts its prefix in the bits of IPv6.
  const shift = family === 'ipv4' && written.includes(':') ? 96 : 0
  const prefix = length === undefined ? bits : Number(length) - shift
  return prefix >= 0 && prefix <= bits ? { address, family, prefix } : undefined
}

function familyOf(address: string): Network['family'] {
  return address.includes(':') ? 'ipv6' : 'ipv4'
}
