import { useAuth } from "portcullis/react";
import { createContext, useContext, useEffect, useState } from "react";

/** The URL of the protected API. */
export const ApiContext = createContext("");

/** What the API answers at `path`: `{ data }`, or `{ error }` if it does not, or `{}` until then. */
export function useApi(path) {
  const url = useContext(ApiContext) + path;
  const fetch = useAuth((auth) => auth.fetch);
  const [answer, setAnswer] = useState({});

  useEffect(() => {
    const leaving = new AbortController();
    const ask = async () => {
      const response = await fetch(url, { signal: leaving.signal });
      if (!response.ok) throw new Error(`The API answered ${response.status}.`);
      setAnswer({ data: await response.json() });
    };
    ask().catch((error) => {
      if (!leaving.signal.aborted) setAnswer({ error });
    });
    return () => leaving.abort();
  }, [fetch, url]);

  return answer;
}
