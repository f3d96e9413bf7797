/** MurmurHash3 by Austin Appleby, with the seed 0, as bytes in the order that its numbers are written in. */

/** The 32-bit hash: 4 bytes. */
export function murmur32(bytes: Uint8Array): Buffer {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const blocks = bytes.length >>> 2
  let hash = 0
  for (let i = 0; i < blocks; i += 1) {
    hash ^= scramble32(view.getUint32(i * 4, true))
    hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0
  }
  let tail = 0
  for (let i = bytes.length - 1; i >= blocks * 4; i -= 1) tail = (tail << 8) | (bytes[i] as number)
  hash ^= scramble32(tail) ^ bytes.length
  const out = Buffer.alloc(4)
  out.writeUInt32BE(finish32(hash) >>> 0)
  return out
}

function scramble32(block: number): number {
  const mixed = Math.imul(block, 0xcc9e2d51)
  return Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593)
}

function finish32(hash: number): number {
  let h = hash ^ (hash >>> 16)
  h = Math.imul(h, 0x85ebca6b)
  h ^= h >>> 13
  h = Math.imul(h, 0xc2b2ae35)
  return h ^ (h >>> 16)
}

const C1 = 0x87c37b91114253d5n
const C2 = 0x4cf5ad432745937fn

/** The 128-bit hash of the x64 variant: 16 bytes. */
export function murmur128(bytes: Uint8Array): Buffer {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const blocks = bytes.length >>> 4
  let h1 = 0n
  let h2 = 0n
  for (let i = 0; i < blocks; i += 1) {
    h1 ^= scrambleLow(view.getBigUint64(i * 16, true))
    h1 = wrap((rotated(h1, 27n) + h2) * 5n + 0x52dce729n)
    h2 ^= scrambleHigh(view.getBigUint64(i * 16 + 8, true))
    h2 = wrap((rotated(h2, 31n) + h1) * 5n + 0x38495ab5n)
  }
  const tail = bytes.subarray(blocks * 16)
  h1 ^= scrambleLow(littleEndian(tail.subarray(0, 8))) ^ BigInt(bytes.length)
  h2 ^= scrambleHigh(littleEndian(tail.subarray(8))) ^ BigInt(bytes.length)
  h1 = wrap(h1 + h2)
  h2 = wrap(h2 + h1)
  h1 = finish64(h1)
  h2 = finish64(h2)
  h1 = wrap(h1 + h2)
  h2 = wrap(h2 + h1)
  const out = Buffer.alloc(16)
  out.writeBigUInt64BE(h1)
  out.writeBigUInt64BE(h2, 8)
  return out
}

/** The first half of the 128-bit hash: 8 bytes. */
export function murmur64(bytes: Uint8Array): Buffer {
  return murmur128(bytes).subarray(0, 8)
}

function wrap(value: bigint): bigint {
  return BigInt.asUintN(64, value)
}

function rotated(value: bigint, by: bigint): bigint {
  return wrap(value << by) | (value >> (64n - by))
}

function scrambleLow(block: bigint): bigint {
  return wrap(rotated(wrap(block * C1), 31n) * C2)
}

function scrambleHigh(block: bigint): bigint {
  return wrap(rotated(wrap(block * C2), 33n) * C1)
}

function finish64(hash: bigint): bigint {
  let h = hash ^ (hash >> 33n)
  h = wrap(h * 0xff51afd7ed558ccdn)
  h ^= h >> 33n
  h = wrap(h * 0xc4ceb9fe1a85ec53n)
  return h ^ (h >> 33n)
}

function littleEndian(bytes: Uint8Array): bigint {
  return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n)
}
