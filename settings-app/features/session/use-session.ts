import { useQuery } from '@tanstack/react-query'
import type { Session } from '../../../contracts/widget-api.ts'
import { sessionQuery } from './api/get-session.ts'

/** Who is signed in. Pages are shown to people who are. */
export function useSession(): Session {
  const { data } = useQuery(sessionQuery)
  if (!data) throw new Error('A page was shown to nobody')
  return data
}
