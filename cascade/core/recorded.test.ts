import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { commandsOf, decide } from './decide.ts'
import type { RunEvent } from './events.ts'
import { runSchema } from './run.ts'

/**
 * D13: runs of earlier versions, as they were stored after each of their steps (`recorded/`, written by
 * `tools/record-runs.ts`, never changed afterwards). During a deploy, and after it, such runs are in the database:
 * each stored state must be read, and what happened next must lead to the same end.
 */
const folder = path.join(import.meta.dirname, 'recorded')
const recordedSchema = z.record(
  z.string(),
  z.object({
    started: z.unknown(),
    steps: z.array(z.object({ at: z.number(), event: z.unknown(), state: z.unknown() })),
  }),
)

describe.each(readdirSync(folder))('runs of %s', file => {
  const recorded = recordedSchema.parse(JSON.parse(readFileSync(path.join(folder, file), 'utf8')))

  it.each(Object.entries(recorded))('%s: go on from every step to the same end', (_name, one) => {
    const last = runSchema.parse(one.steps.at(-1)?.state)
    for (let from = 0; from < one.steps.length; from++) {
      let run = runSchema.parse(from === 0 ? one.started : one.steps[from - 1]?.state)
      for (const { at, event } of one.steps.slice(from)) {
        run = decide(run, event as RunEvent, at).run
      }
      expect(run.phase).toEqual(last.phase)
      expect(run.continuation).toEqual(last.continuation)
      expect(run.attempts).toEqual(last.attempts)
    }
  })

  it.each(Object.entries(recorded))(
    '%s: what remains to be done is found in every state',
    (_name, one) => {
      for (const { at, state } of one.steps) {
        const run = runSchema.parse(state)
        const isWaiting = run.phase.name === 'waiting' || run.retryAt !== null
        const isOver = run.continuation.state !== 'pending' && run.note !== 'pending'
        if (isWaiting || (run.phase.name === 'ended' && isOver)) continue
        expect(commandsOf(run, at)).not.toEqual([])
      }
    },
  )
})

it('a state of a version that nobody knows is refused, not guessed', () => {
  const [file = ''] = readdirSync(folder)
  const recorded = recordedSchema.parse(JSON.parse(readFileSync(path.join(folder, file), 'utf8')))
  const state = z.record(z.string(), z.unknown()).parse(Object.values(recorded)[0]?.started)
  expect(runSchema.safeParse({ ...state, phase: { name: 'teleporting' } }).success).toBe(false)
})
