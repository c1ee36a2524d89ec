import { createConnection, type Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

/**
 * A virus scan by ClamAV's daemon: its `zINSTREAM` command takes chunks, each after its length, and
 * answers `stream: OK` or `stream: <name> FOUND` (clamd(8)). Its own StreamMaxLength must be 100 MB or
 * more.
 */
type Verdict = 'clean' | 'infected' | 'unavailable'
export type Scanner = (content: Readable) => Promise<Verdict>

/** A scanner that says nothing for so long is not there. */
const SILENCE_MS = 60_000

/** @param url `tcp://host:port` or `unix:/path/to/clamd.ctl` */
export function clamdScanner(url: string): Scanner {
  return content =>
    new Promise(resolve => {
      const socket = connect(url)
      let answer = ''
      const end = (verdict: Verdict) => {
        content.destroy()
        socket.destroy()
        resolve(verdict)
      }
      socket.setTimeout(SILENCE_MS, () => end('unavailable'))
      socket.on('error', () => end('unavailable'))
      content.on('error', () => end('unavailable'))
      socket.on('data', data => {
        answer += data.toString('latin1')
      })
      socket.on('close', () => end(verdictOf(answer)))
      pipeline(framed(content), socket, { end: false }).catch(() => end('unavailable'))
    })
}

function connect(url: string): Socket {
  const path = /^unix:(?:\/\/)?(?<path>\/.*)$/u.exec(url)?.groups?.['path']
  if (path !== undefined) return createConnection(path)
  const { hostname, port } = new URL(url)
  return createConnection(Number(port || 3310), hostname)
}

async function* framed(content: Readable): AsyncGenerator<Uint8Array> {
  yield Buffer.from('zINSTREAM\0')
  for await (const chunk of content as AsyncIterable<Uint8Array>) {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(chunk.length)
    yield length
    yield chunk
  }
  yield Buffer.alloc(4)
}

function verdictOf(answer: string): Verdict {
  if (/: OK\0?$/u.test(answer)) return 'clean'
  return / FOUND\0?$/u.test(answer) ? 'infected' : 'unavailable'
}
