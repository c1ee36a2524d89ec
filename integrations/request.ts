import { isIP } from 'node:net'
import { Agent, fetch, type Response } from 'undici'
import { BLOCKED_CODE, isOutside, outsideLookup } from './outside-addresses.ts'

/**
 * One HTTP request to the outside. It never throws for what the network or the other side does: the
 * caller gets an answer, or learns whether the request can have left.
 */
export type Answer =
  | { kind: 'answer'; status: number; body: unknown; retryAfterMs: number | null }
  /** The connection was refused or never came up: nothing has left. */
  | { kind: 'not_sent' }
  /** Timed out, reset, or cut off: the request may have been carried out. */
  | { kind: 'lost' }

const ANSWER_MAX_BYTES = 8 * 1024 * 1024
const NOT_SENT_CODES = new Set([
  BLOCKED_CODE,
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
])

/**
 * `outside`: only addresses of the outside world are connected to, whatever a name leads to. `any`: the
 * operator named this host in the configuration, and it may well be on the operator's own network.
 */
export type Network = 'outside' | 'any'
const agents: Readonly<Record<Network, Agent>> = {
  outside: new Agent({ connect: { lookup: outsideLookup() } }),
  any: new Agent(),
}

type Options = Readonly<{
  method: 'GET' | 'POST' | 'DELETE'
  headers: Readonly<Record<string, string>>
  json?: unknown
  timeoutMs: number
  network: Network
}>

export async function request(url: string, options: Options): Promise<Answer> {
  const { timeoutMs } = options
  // `AbortSignal.timeout` would keep each request in memory until its time is over.
  const controller = new AbortController()
  const timer = setTimeout(() => controller.abort(), timeoutMs)
  try {
    return await answerOf(url, options, controller.signal)
  } finally {
    clearTimeout(timer)
  }
}

async function answerOf(
  url: string,
  { method, headers, json, network }: Omit<Options, 'timeoutMs'>,
  signal: AbortSignal,
): Promise<Answer> {
  // A literal address is never looked up, so it is checked here.
  const literal = new URL(url).hostname.replace(/^\[|\]$/gu, '')
  if (network === 'outside' && isIP(literal) !== 0 && !isOutside(literal)) {
    return { kind: 'not_sent' }
  }
  let response: Response
  try {
    response = await fetch(url, {
      dispatcher: agents[network],
      method,
      headers: {
        ...headers,
        ...(json === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
      // A redirect would carry the key to another host.
      redirect: 'manual',
      signal,
    })
  } catch (error) {
    return { kind: NOT_SENT_CODES.has(codeOf(error)) ? 'not_sent' : 'lost' }
  }
  try {
    const text = await readLimited(response)
    return {
      kind: 'answer',
      status: response.status,
      body: parseJson(text),
      retryAfterMs: retryAfterOf(response),
    }
  } catch {
    return { kind: 'lost' }
  }
}

function codeOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined
  if (cause && typeof cause === 'object' && 'code' in cause) return String(cause.code)
  return ''
}

async function readLimited(response: Response): Promise<string> {
  if (!response.body) return ''
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body) {
    size += chunk.length
    if (size > ANSWER_MAX_BYTES) throw new Error('The answer is too large')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** Error bodies are often HTML: those become null. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function retryAfterOf(response: Response): number | null {
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN)
  return Number.isFinite(seconds) && seconds >= 0 ? Math.min(seconds, 3600) * 1000 : null
}
