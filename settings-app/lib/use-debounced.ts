import { useEffect, useState } from 'react'

const AFTER_MS = 250

/** A value as it was a moment ago, once it has stopped changing. */
export function useDebounced<T>(value: T): T {
  const [settled, setSettled] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), AFTER_MS)
    return () => clearTimeout(timer)
  }, [value])
  return settled
}
