import { z } from 'zod'

/** A bot as the emulated editor saves it. A widget step's code is frozen at that moment. */
const BOT_MAX_BYTES = 64 * 1024

const exitSchema = z.object({ code: z.string(), title: z.string(), next: z.number().nullable() })
const blockSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('widget'),
    id: z.number(),
    widgetCode: z.string(),
    handler: z.string(),
    params: z.record(z.string(), z.string()),
    code: z.string(),
    exits: z.array(exitSchema),
  }),
  z.object({
    kind: z.literal('note'),
    id: z.number(),
    text: z.string(),
    exits: z.array(exitSchema),
  }),
])
export const botSchema = z.object({
  id: z.number(),
  name: z.string().min(1),
  blocks: z.array(blockSchema),
})
export type Bot = z.infer<typeof botSchema>
export type BotBlock = Bot['blocks'][number]

const handlerSchema = z.object({ handler: z.string(), params: z.looseObject({}) })
export type Handler = z.infer<typeof handlerSchema>
const stepsSchema = z.array(
  z.object({ question: z.array(handlerSchema), require: z.array(z.unknown()).optional() }),
)
const KNOWN_HANDLERS = new Set([
  'widget_request',
  'goto',
  'conditions',
  'exits',
  'show',
  'stop',
  'wait_answer',
])

/** The steps of a widget's code. @throws Error for what Kommo's editor would refuse */
export function parseSteps(code: string): z.infer<typeof stepsSchema> {
  const steps = stepsSchema.parse(JSON.parse(code))
  for (const { handler } of steps.flatMap(step => step.question)) {
    if (!KNOWN_HANDLERS.has(handler)) throw new Error(`Unknown handler ${handler}`)
  }
  return steps
}

export class BotStore {
  private readonly bots = new Map<number, Bot>()

  list(): Bot[] {
    return [...this.bots.values()]
  }

  get(id: number): Bot | undefined {
    return this.bots.get(id)
  }

  create(name: string): Bot {
    const bot: Bot = { id: 100 + this.bots.size, name, blocks: [] }
    this.bots.set(bot.id, bot)
    return bot
  }

  /** @returns what is wrong with the bot, or null when it is saved */
  save(bot: Bot): string | null {
    const size = Buffer.byteLength(JSON.stringify(bot.blocks))
    if (size > BOT_MAX_BYTES) return `The bot has ${size} bytes, 64 KB are allowed`
    for (const block of bot.blocks) {
      if (block.kind !== 'widget') continue
      try {
        const steps = parseSteps(block.code)
        const wanted = JSON.stringify(steps).matchAll(
          /"handler":"exits","params":\{"value":"([^"]*)"/gu,
        )
        for (const [, code] of wanted) {
          if (!block.exits.some(exit => exit.code === code)) return `Unknown exit ${code}`
        }
      } catch (error) {
        return `The widget's code is not valid: ${String(error)}`
      }
    }
    this.bots.set(bot.id, bot)
    return null
  }
}
