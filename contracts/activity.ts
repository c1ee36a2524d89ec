import { z } from '@hono/zod-openapi'
import { historyEntrySchema } from './history.ts'

/** One run as the settings app shows it, with all that it wrote down. Times are ISO 8601. */
export const runViewSchema = z
  .object({
    id: z.string(),
    origin: z.enum(['bot', 'test', 'sent_again']),
    entity: z.object({ type: z.enum(['lead', 'contact']), id: z.number().int() }),
    phase: z.string(),
    createdAt: z.string(),
    endedAt: z.string().nullable(),
    history: z.array(z.object({ at: z.string(), entry: historyEntrySchema })),
  })
  .openapi('Run')
export type RunView = z.infer<typeof runViewSchema>
