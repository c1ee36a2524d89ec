import { spawn, type ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { freePorts } from '../e2e/support/free-ports.ts'

const root = path.resolve(import.meta.dirname, '..')
/** Linux counts a process's time in these. */
const TICKS_PER_SECOND = 100
const PAGE_BYTES = 4096

export type Server = {
  url: string
  process: ChildProcess
  /** From the start to its first answer. */
  startMs: number
}

/** Starts a script that answers at /healthz, and waits for its first answer. */
export async function startServer(
  script: string,
  port: number,
  environment: Readonly<Record<string, string>>,
): Promise<Server> {
  const startedAt = performance.now()
  const child = spawn('node', ['--disable-warning=ExperimentalWarning', script], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, PORT: String(port), ...environment },
  })
  const url = `http://127.0.0.1:${port}`
  for (;;) {
    if (child.exitCode !== null) throw new Error(`${script} ended with ${child.exitCode}`)
    const isUp = await fetch(`${url}/healthz`).then(
      response => response.ok,
      () => false,
    )
    if (isUp) break
    await pause(3)
  }
  return { url, process: child, startMs: Math.round(performance.now() - startedAt) }
}

/** As if the power failed. */
export async function kill({ process: child }: Server): Promise<void> {
  const ended = new Promise(resolve => {
    child.once('exit', resolve)
  })
  child.kill('SIGKILL')
  await ended
}

/** Seconds of processor time that it has used. */
export function cpuSeconds({ process: child }: Server): number {
  const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
}

export function memoryMb({ process: child }: Server): number {
  const pages = Number(readFileSync(`/proc/${child.pid}/statm`, 'utf8').split(' ')[1])
  return Math.round((pages * PAGE_BYTES) / 2 ** 20)
}

export function pause(ms: number): Promise<void> {
  return new Promise(resolve => {
    setTimeout(resolve, ms)
  })
}

export async function freePort(): Promise<number> {
  const [port = 0] = await freePorts(1)
  return port
}
