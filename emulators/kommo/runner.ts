import { z } from 'zod'
import type { KommoAccount } from './account.ts'
import { parseSteps, type Bot, type BotBlock, type BotStore, type Handler } from './bots.ts'
import type { Switches } from './switches.ts'
import { hookToken, type Integration } from './tokens.ts'

/** Executes the saved JSON of bots: Kommo server side 1, widget SDK 3. */
const ENTITY_LEAD = 2

export type BotRun = {
  id: number
  botId: number
  leadId: number
  state: 'running' | 'waiting' | 'finished' | 'stuck'
  log: { at: string; text: string }[]
}
type Waiting = {
  run: BotRun
  bot: Bot
  block: BotBlock
  rest: Handler[]
  isOpen: boolean
  since: number
}

const requestSchema = z.object({ url: z.url(), data: z.record(z.string(), z.unknown()) })
const gotoSchema = z.object({ type: z.literal('question'), step: z.number() })
const exitsSchema = z.object({ value: z.string() })
const conditionsSchema = z.object({
  logic: z.enum(['and', 'or']),
  conditions: z.array(
    z.object({ term1: z.string(), term2: z.string(), operation: z.enum(['=', '!=']) }),
  ),
  result: z.array(z.object({ handler: z.string(), params: z.looseObject({}) })),
})

export class Runner {
  readonly runs: BotRun[] = []
  private readonly account: KommoAccount
  private readonly bots: BotStore
  private readonly integration: Integration
  private readonly kommoUrl: () => string
  private readonly switches: () => Switches
  private readonly waiting = new Map<number, Waiting>()
  private nextId = 7000

  constructor(
    account: KommoAccount,
    bots: BotStore,
    integration: Integration,
    kommoUrl: () => string,
    switches: () => Switches,
  ) {
    this.account = account
    this.bots = bots
    this.integration = integration
    this.kommoUrl = kommoUrl
    this.switches = switches
  }

  start(botId: number, leadId: number): BotRun | null {
    const bot = this.bots.get(botId)
    const first = bot?.blocks[0]
    if (!bot || !first) return null
    this.nextId += 1
    const run: BotRun = { id: this.nextId, botId, leadId, state: 'running', log: [] }
    this.runs.push(run)
    note(run, `Bot “${bot.name}” started`)
    void this.enterBlock(run, bot, first)
    return run
  }

  /** The continue call. @returns false when no bot waits under this id */
  resume(continueId: number, data: Record<string, unknown>): boolean {
    const waiting = this.waiting.get(continueId)
    const lifeMs = this.switches().continueLifeSeconds * 1000
    if (!waiting?.isOpen || Date.now() - waiting.since > lifeMs) return false
    waiting.isOpen = false
    const { run, bot, block, rest } = waiting
    run.state = 'running'
    note(run, `Continued with ${JSON.stringify(data)}`)
    void this.execute(run, bot, block, rest, data)
    return true
  }

  private async enterBlock(run: BotRun, bot: Bot, block: BotBlock): Promise<void> {
    if (block.kind === 'note') {
      note(run, `Note: ${block.text}`)
      this.account.notes.push({
        id: this.account.notes.length + 1,
        entityType: 'leads',
        entityId: run.leadId,
        type: 'common',
        text: block.text,
        at: new Date().toISOString(),
      })
      return this.leave(run, bot, block, 'next')
    }
    return this.execute(run, bot, block, parseSteps(block.code)[0]?.question ?? [], {})
  }

  private async execute(
    run: BotRun,
    bot: Bot,
    block: BotBlock,
    handlers: readonly Handler[],
    json: Record<string, unknown>,
  ): Promise<void> {
    for (const [index, { handler, params }] of handlers.entries()) {
      switch (handler) {
        case 'widget_request':
          return this.request(
            run,
            bot,
            block,
            requestSchema.parse(params),
            handlers.slice(index + 1),
          )
        case 'goto': {
          const steps = block.kind === 'widget' ? parseSteps(block.code) : []
          const { step } = gotoSchema.parse(params)
          return this.execute(run, bot, block, steps[step]?.question ?? [], json)
        }
        case 'conditions': {
          const { logic, conditions, result } = conditionsSchema.parse(params)
          const holds = conditions.map(({ term1, term2, operation }) => {
            const isEqual = fill(term1, json) === fill(term2, json)
            return operation === '=' ? isEqual : !isEqual
          })
          const passes = logic === 'and' ? holds.every(Boolean) : holds.some(Boolean)
          if (passes) return this.execute(run, bot, block, result, json)
          break
        }
        case 'exits':
          return this.leave(run, bot, block, exitsSchema.parse(params).value)
        default:
          note(run, `Handler ${handler} is not executed here`)
      }
    }
    run.state = 'finished'
  }

  private async leave(run: BotRun, bot: Bot, block: BotBlock, code: string): Promise<void> {
    const exit = block.exits.find(candidate => candidate.code === code)
    if (block.kind === 'widget') note(run, `Left through “${exit?.title ?? code}”`)
    const next = bot.blocks.find(candidate => candidate.id === exit?.next)
    if (next) return this.enterBlock(run, bot, next)
    run.state = 'finished'
    note(run, 'Bot finished')
  }

  /** Kommo fills the markers in `data`, posts, waits for 200 (2 seconds) and then for continue. */
  private async request(
    run: BotRun,
    bot: Bot,
    block: BotBlock,
    params: z.infer<typeof requestSchema>,
    rest: Handler[],
  ): Promise<void> {
    const lead = this.account.lead(run.leadId)
    const contact = this.account.contactOfLead(run.leadId)
    const known: Record<string, string> = {
      'lead.id': String(run.leadId),
      'lead.price': String(lead?.price ?? ''),
      'contact.id': String(contact?.id ?? ''),
      'contact.name': contact?.name ?? '',
      name: contact?.name ?? '',
    }
    const data = Object.fromEntries(
      Object.entries(params.data).map(([key, text]) => [
        key,
        String(text).replaceAll(
          /\{\{([\w.]+)\}\}/gu,
          (marker, name: string) => known[name] ?? marker,
        ),
      ]),
    )
    this.nextId += 1
    const continueId = this.nextId
    this.waiting.set(continueId, { run, bot, block, rest, isOpen: true, since: Date.now() })
    run.state = 'waiting'
    const { botType, entityType, hookAlgorithm, hookClientClaim, isHookRepeated } = this.switches()
    const returnUrl = `${this.kommoUrl()}/api/v4/${botType}/${bot.id}/continue/${continueId}`
    const entity = { type: entityType === 'word' ? 'lead' : ENTITY_LEAD, id: run.leadId }
    const token = await hookToken(
      this.integration,
      this.kommoUrl(),
      params.url,
      entity,
      hookAlgorithm,
      hookClientClaim,
    )
    if (isHookRepeated) void this.post(params.url, { token, data, returnUrl })
    const status = await this.post(params.url, { token, data, returnUrl })
    note(run, `Hook answered ${status}`)
    if (status !== 200) run.state = 'stuck'
  }

  private async post(
    url: string,
    hook: { token: string; data: Record<string, string>; returnUrl: string },
  ): Promise<number | string> {
    const { token, data, returnUrl } = hook
    const form = new URLSearchParams({ token, return_url: returnUrl })
    for (const [key, text] of Object.entries(data)) form.append(`data[${key}]`, text)
    const isForm = this.switches().encoding === 'form'
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: {
          'content-type': isForm ? 'application/x-www-form-urlencoded' : 'application/json',
        },
        body: isForm ? form.toString() : JSON.stringify({ token, data, return_url: returnUrl }),
        signal: AbortSignal.timeout(this.switches().hookAnswerMs),
      })
      return response.status
    } catch {
      return `nothing within ${this.switches().hookAnswerMs / 1000} s`
    }
  }
}

function fill(term: string, json: Record<string, unknown>): string {
  return term.replaceAll(/\{\{json\.(\w+)\}\}/gu, (_, key: string) => String(json[key] ?? ''))
}

function note(run: BotRun, text: string): void {
  run.log.push({ at: new Date().toISOString(), text })
}
