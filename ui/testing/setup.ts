import { afterEach, beforeAll } from 'vitest'
import { product, startProduct } from './product.ts'

beforeAll(startProduct)
afterEach(() => product.resetHandlers())
