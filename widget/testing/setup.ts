import { afterAll, afterEach, beforeAll } from 'vitest'
import { product } from './product.ts'

beforeAll(() => product.start({ quiet: true, onUnhandledFrame: 'bypass' }))
afterEach(() => product.resetHandlers())
afterAll(() => product.stop())
