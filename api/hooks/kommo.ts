import { Hono } from 'hono'
import { parseHookBody } from '../form-body.ts'
import { accountOf } from '../account-of.ts'
import { limitBody } from '../body-limit.ts'
import { HttpError } from '../http-error.ts'
import { isReturnUrlOf } from '../return-url.ts'
import type { ApiServices } from '../services.ts'
import { verifyHookToken } from '../tokens.ts'

const BODY_MAX_BYTES = 256 * 1024

/** Kommo's names and numbers for what a bot runs for. */
const ENTITY_TYPES: Readonly<Record<string, 'lead' | 'contact'>> = {
  '2': 'lead',
  lead: 'lead',
  leads: 'lead',
  '1': 'contact',
  contact: 'contact',
  contacts: 'contact',
}

/**
 * `POST /hooks/kommo/salesbot`: SalesBot asks for a message. Kommo waits 2 seconds: the run is stored,
 * then comes the answer; everything else happens afterwards.
 */
export function kommoHooks(services: ApiServices): Hono {
  const { engine, kommo, log, tokens } = services
  const app = new Hono()
  app.post('/salesbot', limitBody(BODY_MAX_BYTES), async context => {
    const body = parseHookBody(context.req.header('content-type') ?? '', await context.req.text())
    if (!body) throw new HttpError('unauthorized', 'token and return_url are required.')
    const token = verifyHookToken(body.token, tokens)
    const account = token && (await accountOf(services, token))
    if (!account) throw new HttpError('unauthorized')
    if (token.algorithm !== 'HS512') {
      log.info({ account: account.id, algorithm: token.algorithm }, 'hook token algorithm')
    }
    const entityType = ENTITY_TYPES[token.entityType.toLowerCase()]
    if (!entityType) throw new HttpError('unsupported_entity')
    if (!isReturnUrlOf(body.returnUrl, kommo.accountUrl(account.subdomain))) {
      throw new HttpError('invalid_return_url')
    }
    const started = await engine.startFromHook(account, {
      accountId: account.id,
      origin: 'bot',
      entity: { type: entityType, id: token.entityId },
      returnUrl: body.returnUrl,
      tokenIssuedAt: token.issuedAt,
      tokenHash: token.hash,
      message: body.message,
    })
    if (started === 'token_reused') throw new HttpError('token_reused')
    return context.json({ result: started })
  })
  return app
}
