/** `node bench/scenarios/statsd-sink.ts <port>`: takes what is sent to StatsD, and prints the first packet. */
import { createSocket } from 'node:dgram'

const socket = createSocket('udp4')
socket.once('message', (packet) => console.log(packet.toString('latin1')))
socket.on('message', () => {})
socket.bind(Number(process.argv[2]), '127.0.0.1')
