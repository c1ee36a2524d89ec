import { EventEmitter } from 'node:events'
import { isIP } from 'node:net'
import { Agent, request as ask, type Dispatcher } from 'undici'
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
  outside: new Agent({ maxResponseSize: ANSWER_MAX_BYTES, connect: { lookup: outsideLookup() } }),
  any: new Agent({ maxResponseSize: ANSWER_MAX_BYTES }),
}

type Options = Readonly<{
  method: 'GET' | 'POST' | 'DELETE'
  headers: Readonly<Record<string, string>>
  json?: unknown
  timeoutMs: number
  network: Network
}>

/** `fetch` would cost twice the processor's time, for streams and signals that are not needed here. */
export async function request(url: string, options: Options): Promise<Answer> {
  const { timeoutMs } = options
  // `AbortSignal.timeout` would keep each request in memory until its time is over.
  const signal = new EventEmitter()
  const timer = setTimeout(() => signal.emit('abort'), timeoutMs)
  try {
    return await answerOf(url, options, signal)
  } finally {
    clearTimeout(timer)
  }
}

async function answerOf(
  url: string,
  { method, headers, json, network }: Omit<Options, 'timeoutMs'>,
  signal: EventEmitter,
): Promise<Answer> {
  // A literal address is never looked up, so it is checked here.
  const literal = new URL(url).hostname.replace(/^\[|\]$/gu, '')
  if (network === 'outside' && isIP(literal) !== 0 && !isOutside(literal)) {
    return { kind: 'not_sent' }
  }
  let response: Dispatcher.ResponseData
  try {
    // It follows no redirect, which would carry the key to another host.
    response = await ask(url, {
      dispatcher: agents[network],
      method,
      headers: {
        accept: 'application/json',
        'user-agent': 'radist-cascade',
        ...headers,
        ...(json === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
      signal,
    })
  } catch (error) {
    return { kind: NOT_SENT_CODES.has(codeOf(error)) ? 'not_sent' : 'lost' }
  }
  try {
    const { statusCode: status } = response
    const body = parseJson(await response.body.text())
    return { kind: 'answer', status, body, retryAfterMs: retryAfterOf(response.headers) }
  } catch {
    return { kind: 'lost' }
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}

/** Error bodies are often HTML: those become null. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function retryAfterOf(headers: Dispatcher.ResponseData['headers']): number | null {
  const seconds = Number(headers['retry-after'] ?? Number.NaN)
  return Number.isFinite(seconds) && seconds >= 0 ? Math.min(seconds, 3600) * 1000 : null
}
