import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { Watcher } from '../integrations/limiter.ts'

/** What is counted while things happen; `/metrics` adds what the database knows. Never with names of people. */
export type Metrics = ReturnType<typeof createMetrics>

const SECONDS = [0.05, 0.25, 1, 2.5, 5, 10, 30, 60, 120, 300, 900, 3600]

export function createMetrics() {
  const registry = new Registry()
  const registers = [registry]
  return {
    registry,
    runsEnded: new Counter({
      name: 'cascade_runs_ended_total',
      help: 'Runs that ended, by outcome',
      labelNames: ['outcome'],
      registers,
    }),
    runSeconds: new Histogram({
      name: 'cascade_run_seconds',
      help: 'From the hook to the end of a run',
      labelNames: ['outcome'],
      buckets: SECONDS,
      registers,
    }),
    continues: new Counter({
      name: 'cascade_continues_total',
      help: 'Answers to our continue, by result',
      labelNames: ['result'],
      registers,
    }),
    limiterWaiting: new Gauge({
      name: 'cascade_limiter_waiting',
      help: 'Requests that wait for their turn at a service',
      labelNames: ['service'],
      registers,
    }),
    limiterSeconds: new Histogram({
      name: 'cascade_limiter_wait_seconds',
      help: 'How long requests waited for their turn at a service',
      labelNames: ['service'],
      buckets: SECONDS,
      registers,
    }),
    webhookLagSeconds: new Histogram({
      name: 'cascade_webhook_lag_seconds',
      help: 'From the moment that Radist gives a message to its webhook here',
      buckets: SECONDS,
      registers,
    }),
    webhooks: new Counter({
      name: 'cascade_webhooks_total',
      help: 'Radist’s webhooks, by kind',
      labelNames: ['kind'],
      registers,
    }),
  }
}

/** Counts what waits at the limiter. Every request passes here, so each service's counters are at hand. */
export function watchLimiter({ limiterSeconds, limiterWaiting }: Metrics): Watcher {
  const of = (service: string) => ({
    waiting: limiterWaiting.labels(service),
    seconds: limiterSeconds.labels(service),
  })
  const services = new Map<string, ReturnType<typeof of>>()
  const at = (service: string) => {
    const known = services.get(service) ?? of(service)
    services.set(service, known)
    return known
  }
  return {
    waits: service => at(service).waiting.inc(),
    goes(service, waitedMs) {
      const { waiting, seconds } = at(service)
      waiting.dec()
      seconds.observe(waitedMs / 1000)
    },
  }
}
